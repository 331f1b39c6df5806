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
from opencode_magic.model.messages import Message, MessageFolder, UserSummary
from opencode_magic.model.transcript import Ask, Transcript, from_messages, reduce
from opencode_magic.model.turn import Decision, TurnState
from opencode_magic.protocol.v1.codec import decoder
from opencode_magic.protocol.v1.events import decode
from opencode_magic.protocol.v2 import listed
from opencode_magic.protocol.v2.events import EventReader
from opencode_magic.turns.turn import Turn

DATA = Path(__file__).parent.parent / "data"
STREAMS = sorted((DATA / "streams").glob("*.sse"))
CAPTURES = sorted((DATA / "captures").glob("*.sse"))
PROJECT = "/project"
"""The folder of all recorded turns."""
CAPTURES2 = sorted((DATA / "captures2").glob("*.sse")) + sorted((DATA / "streams2").glob("*.sse"))
JOINED2 = [p for p in CAPTURES2 if p.stem in {
    "abort_queued_next", "after_migration", "disconnect", "revert_clear", "revert_commit",
    "revert_then_prompt", "server_killed", "server_sigkill",
}]  # fmt: skip
"""Recordings of OpenCode 2 that begin behind what their message list begins with."""
_OTHER2 = {"delete_mid", "log_replay"}  # no list is left; another stream
STREAMS2 = [p for p in CAPTURES2 if p not in JOINED2 and p.stem not in _OTHER2]
"""Recordings of OpenCode 2 from the beginning."""


def is_of_2(path: Path) -> bool:
    """Whether a recording was made with OpenCode 2."""
    return path.parent.name.endswith("2")


def payloads(path: Path) -> list[bytes]:
    """The data of each frame, as bytes: a line may hold U+2028."""
    frames = path.read_bytes().split(b"\n\n")
    return [frame[5:].strip() for frame in frames if frame.startswith(b"data:")]


def texts(path: Path) -> list[str]:
    """The same as text, as a stream of events hands it on."""
    return [data.decode() for data in payloads(path)]


def events(path: Path) -> list[Event]:
    """The decoded events of a recording."""
    if is_of_2(path):
        return read2(texts(path))
    return [decode(data) for data in payloads(path)]


def read2(frames: Iterable[str], directory: str | None = PROJECT) -> list[Event]:
    """The events that one connection to OpenCode 2 brings with these frames."""
    read = EventReader(directory)
    return [event for frame in frames for event in read(frame)]


def record(path: Path) -> dict[str, list[Message]]:
    """The final message lists of a recording, by session; the turn's own session comes first."""
    raw = json.loads(path.with_suffix("").with_suffix(".messages.json").read_text("utf-8"))
    if is_of_2(path):
        if "data" in raw or "_tag" in raw:  # one list as the server answers, or that there is none
            raw = {session2(path): raw.get("data", [])}
        return {
            s: listed.messages(s, MessageFolder(PROJECT, PROJECT), kept) for s, kept in raw.items()
        }
    decode_all = decoder(list[Message]).decode
    return {session: decode_all(json.dumps(kept)) for session, kept in raw.items()}


def session2(path: Path) -> str:
    """The session that a recording of OpenCode 2 is about: the one that a prompt goes to first."""
    told = [json.loads(data) for data in payloads(path)]
    sent = [one for one in told if one["type"] == "session.inbox.enqueued"]
    ids = (one.get("data", {}).get("sessionID") for one in (*sent, *told))
    return next(filter(None, ids))


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
    begun = whole.by_id.get(answers[0].parent_id) if answers else None
    transcript = whole.since(begun.info.order) if begun else whole
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
    for event in events(path):
        match event:
            case PermissionAsked() | QuestionAsked():
                asked[event.request.id] = event.request
            case PermissionReplied() | QuestionClosed():
                yield Decision(asked[event.request_id], event.reply)
