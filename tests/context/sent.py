"""What is attached to a prompt, as it goes to the server."""

from __future__ import annotations

from typing import Any

from opencode_magic.context.attach import Attached
from opencode_magic.protocol.v1.bodies import piece_body


def sent(attached: Attached) -> list[dict[str, Any]]:
    return [piece_body(piece) for piece in attached.pieces]
