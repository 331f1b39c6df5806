"""Events of the server in a few words."""

from __future__ import annotations

import msgspec

from ..model.events import Event, Gap, PartDelta, PartUpdated, Unknown
from ..model.messages import TextPart, ToolPart
from ..protocol.v1.events import NAMES
from ..text.visible import as_text, one_line

CHARS = 80


def kind_of(event: Event) -> str:
    """The server's name for the kind of an event, e.g. `session.idle`."""
    if isinstance(event, Unknown):
        return one_line(event.type, chars=CHARS)
    return NAMES.get(type(event), type(event).__name__.lower())


def session_of(event: Event) -> str:
    """The session an event is of, "" where it is of none."""
    for holder in (event, *(getattr(event, name, None) for name in ("info", "part", "request"))):
        if isinstance(found := getattr(holder, "session_id", None), str):
            return found
    if isinstance(event, Unknown) and isinstance(event.properties, dict):
        return as_text(event.properties.get("sessionID"))
    info = getattr(event, "info", None)
    return str(getattr(info, "id", ""))


def what_of(event: Event) -> str:
    """What it says, shortened."""
    match event:
        case Gap():
            return one_line(event.reason, chars=CHARS)
        case PartDelta():
            return one_line(event.delta, chars=CHARS)
        case PartUpdated(part=ToolPart() as part):
            return one_line(f"{part.tool} {part.state.status}", chars=CHARS)
        case PartUpdated(part=TextPart() as part):
            return one_line(f"text: {part.text}", chars=CHARS)
        case PartUpdated(part=part):
            return one_line(str(getattr(part, "type", "") or type(part).__name__), chars=CHARS)
        case Unknown():
            return one_line(as_text(event.properties), chars=CHARS)
        case _:
            plain = msgspec.to_builtins(event)
            kept = {k: v for k, v in plain.items() if k != "sessionID"} if plain else {}
            return one_line(as_text(kept) if kept else "", chars=CHARS)
