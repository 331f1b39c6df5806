"""The recorded turns of tests/data, as values."""

from __future__ import annotations

import json
from pathlib import Path

from opencode_magic.events import Event, decode
from opencode_magic.transcript import Transcript, from_messages
from opencode_magic.wire import Message, convert

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
    return {session: convert(listed, list[Message]) for session, listed in raw.items()}


def recorded_end(path: Path) -> Transcript:
    """The transcript the server's own record gives."""
    messages = record(path)
    main, *children = messages
    return from_messages(main, messages, dict.fromkeys(children, main))
