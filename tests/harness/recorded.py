"""The recorded turns of tests/data, as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from opencode_magic.model.events import (
    Event,
    MessageUpdated,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
)
from opencode_magic.model.messages import Message, UserSummary
from opencode_magic.model.transcript import Ask, Transcript, from_messages, reduce
from opencode_magic.model.turn import Decision, TurnState
from opencode_magic.protocol.v1.codec import decoder
from opencode_magic.protocol.v1.events import decode
from opencode_magic.turns.turn import Turn

DATA = Path(__file__).parent.parent / "data"
STREAMS = sorted((DATA / "streams").glob("*.sse"))
CAPTURES = sorted((DATA / "captures").glob("*.sse"))


def payloads(path: Path) -> list[bytes]:
    """The data of each frame, as bytes: a line may hold U+2028."""
    frames = path.read_bytes().split(b"\n\n")
    return [frame[5:].strip() for frame in frames if frame.startswith(b"data:")]


def events(path: Path) -> list[Event]:
    """The decoded events of a recording."""
    return [decode(data) for data in payloads(path)]


def record(path: Path) -> dict[str, list[Message]]:
    """The final message lists of a recording, by session; the turn's own session comes first."""
    raw = json.loads(path.with_suffix("").with_suffix(".messages.json").read_text("utf-8"))
    decode_all = decoder(list[Message]).decode
    return {session: decode_all(json.dumps(listed)) for session, listed in raw.items()}


def recorded_end(path: Path) -> Transcript:
    """The transcript the server's own record gives."""
    messages = record(path)
    main, *children = messages
    return from_messages(main, messages, dict.fromkeys(children, main))


def played(path: Path, some: Iterable[Event] | None = None) -> Transcript:
    """The transcript the events of a recording lead to, or some of them."""
    return reduce_all(Transcript(next(iter(record(path)))), events(path) if some is None else some)


def reduce_all(transcript: Transcript, some: Iterable[Event]) -> Transcript:
    """The transcript after these events."""
    for event in some:
        transcript = reduce(transcript, event)
    return transcript


def played_from(path: Path) -> Transcript:
    """The transcript of the first session a capture tells of."""
    seen = events(path)
    session = next(e.info.session_id for e in seen if isinstance(e, MessageUpdated))
    return reduce_all(Transcript(session), seen)


def recorded_turn(path: Path) -> Turn:
    """The turn of a recording as it ends, with what was asked and answered."""
    whole = recorded_end(path)
    answers = [m.info for m in whole.messages() if m.info.role == "assistant"]
    # What was sent before the prompt is no part of its turn.
    transcript = whole.since(answers[0].parent_id) if answers else whole
    failed = answers[-1].error if answers else None
    ended: TurnState = "completed" if answers and answers[-1].finish else "stopped"
    users = (m.info.summary for m in transcript.messages())
    return Turn(
        transcript.session_id,
        "",
        transcript,
        "failed" if failed and not failed.aborted else ended,
        tuple(d for summary in users if isinstance(summary, UserSummary) for d in summary.diffs),
        tuple(_decisions(path)),
        failure=failed,
        seconds=2.0,
        title=path.stem,
    )


def _decisions(path: Path) -> Iterator[Decision]:
    asked: dict[str, Ask] = {}
    for event, raw in zip(events(path), payloads(path), strict=True):
        match event:
            case PermissionAsked() | QuestionAsked():
                asked[event.request.id] = event.request
            case PermissionReplied():
                yield Decision(asked[event.request_id], event.reply)
            case QuestionClosed():
                rejected = b'"question.rejected"' in raw
                yield Decision(asked[event.request_id], "reject" if rejected else "answer")
