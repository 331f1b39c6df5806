"""Read JSON as OpenCode's configuration files are written: with comments and trailing commas."""

from __future__ import annotations

import json
import re

# A string, or a comment, or a comma before a closing bracket (comments may stand in between).
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])', re.DOTALL
)


def loads(text: str) -> object:
    """Return the value of a JSON text with comments; raise `ValueError` where it is none."""
    plain = _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)
    try:
        value: object = json.loads(plain.removeprefix("\ufeff"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value
