"""Takes secrets out of text that comes in pieces: each is harmless, the whole is not. Pure."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from ..model.events import Event, PartDelta
from ..model.messages import Message, ReasoningPart, TextPart
from ..model.transcript import Transcript
from ..text.redact import Redactor


def without_secrets(transcript: Transcript, event: Event, redact: Redactor) -> Transcript:
    """Return the transcript without a secret whose last piece came with `event`."""
    if not isinstance(event, PartDelta):
        return transcript
    part = transcript.part(event.message_id, event.part_id)
    if not isinstance(part, TextPart | ReasoningPart):
        return transcript
    if not redact.ends_in(part.text, len(event.delta)):  # the text may be long, so not all of it
        return transcript
    return _with_text(transcript, part, redact(part.text))


def held_back(transcript: Transcript, redact: Redactor) -> Transcript:
    """Return the transcript to show: text that is still written may end in half a secret."""
    for message in transcript.by_id.values():
        for part in message.parts:
            if not isinstance(part, TextPart | ReasoningPart) or part.time.end:
                continue
            settled = redact.settled(part.text)
            if settled != part.text:
                transcript = _with_text(transcript, part, settled)
    return transcript


def _with_text(transcript: Transcript, part: TextPart | ReasoningPart, text: str) -> Transcript:
    message = transcript.by_id[part.message_id]
    changed = msgspec.structs.replace(part, text=text)
    parts = tuple(changed if p.id == part.id else p for p in message.parts)
    by_id = {**transcript.by_id, part.message_id: Message(message.info, parts)}
    return replace(transcript, by_id=by_id)
