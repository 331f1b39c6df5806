"""What running commands of OpenCode 2 have printed so far: no event tells it, so it is asked for.

Nothing is remembered here: how far a command was read stands with its call in the transcript.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import structs

from ...errors import OpencodeError
from ...model.events import PartUpdated
from ...model.messages import ToolPart
from ...model.tools import dig
from ...text.visible import as_text
from ..given import quoted
from .told import number

if TYPE_CHECKING:
    from ...model.transcript import Transcript
    from ..transport import Connection

SHELL_ID, READ = "shellID", "bytesRead"
AT_ONCE = 60_000  # bytes; of a command that prints faster the beginning is passed over
KEPT = 200_000  # characters
ANSWERED_WITHIN_S = 1.0
_HALF = "\ufffd"
"""What stands where a character was cut in two."""


def printed(connection: Connection, transcript: Transcript) -> Iterator[PartUpdated]:
    """Yield each running command that has printed more, with what it has printed so far."""
    for message in transcript.by_id.values():
        for part in message.parts:
            if isinstance(part, ToolPart) and part.state.status == "running":
                id = as_text(part.state.metadata.get(SHELL_ID))
                later = _read_on(connection, part, id) if id else None
                if later is not None:
                    yield PartUpdated(later)


def _read_on(connection: Connection, part: ToolPart, id: str) -> ToolPart | None:
    known = part.state.metadata
    before, start = as_text(known.get("output")), int(number(known.get(READ)))
    try:
        answer = connection.call(
            "GET",
            f"/api/shell/{quoted(id)}/output",
            dict[str, Any],
            params={"cursor": start, "limit": AT_ONCE},
            timeout_s=ANSWERED_WITHIN_S,
            repeat=False,
        )
    except OpencodeError:  # it has just ended, or the server is slow: the end tells it whole
        return None
    told = answer.get("data")
    text = as_text(dig(told, "output"))
    whole = text.rstrip(_HALF)
    if not whole:
        return None
    cursor, size = (int(number(dig(told, name))) for name in ("cursor", "size"))
    if whole != text:  # the rest of the character comes with what is printed next
        cursor = start + len(whole.encode())
    metadata = {
        **known,
        "output": (before + whole)[-KEPT:],
        READ: max(cursor, size - AT_ONCE),
    }
    return structs.replace(part, state=structs.replace(part.state, metadata=metadata))
