"""The base of every value of the model: a frozen struct that ignores new fields."""

from __future__ import annotations

import msgspec

KEY = "opencode_magic"
"""Our entry in the metadata of a session, message or part; the server keeps it."""
ADDED = "added"
"""The key, in our entry of a prompt, of the mark of a word that was added to a running turn."""


def wire_name(field: str) -> str | None:
    """Return the server's spelling of one of our field names: `message_id` is `messageID`."""
    first, *rest = field.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)


class Wire(msgspec.Struct, frozen=True, rename=wire_name, omit_defaults=True):
    """The base of every struct that is read from the server."""
