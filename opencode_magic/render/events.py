"""Events of the server, in a few words."""

from __future__ import annotations

import msgspec
from msgspec.structs import fields

from ..model.events import Event, Gap, PartDelta, PartUpdated, Unknown
from ..model.messages import TextPart, ToolPart
from ..text.visible import as_text, one_line

CHARS = 80


def kind_of(event: Event) -> str:
    """Return what an event is called, e.g. `session.idle`."""
    return one_line(event.type, chars=CHARS) if isinstance(event, Unknown) else event.called


def session_of(event: Event) -> str:
    """Return the id of the session an event belongs to, "" for none."""
    for holder in (event, *(getattr(event, name, None) for name in ("info", "part", "request"))):
        if isinstance(found := getattr(holder, "session_id", None), str):
            return found
    if isinstance(event, Unknown):
        return event.session
    info = getattr(event, "info", None)
    return str(getattr(info, "id", ""))


def what_of(event: Event) -> str:
    """Return what an event says, shortened."""
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
        case msgspec.Struct():
            plain = msgspec.to_builtins(event) or {}
            told = {f.encode_name for f in fields(event) if f.name != "session_id"}
            kept = {name: value for name, value in plain.items() if name in told}
            return one_line(as_text(kept) if kept else "", chars=CHARS)
        case _:
            return ""
