"""The line our guard puts before shell text, and its removal from what a server sends. Pure.

The server asks about the command words it finds in shell text; the line holds one, so that it asks
about each text (see server/shell.js). No user sees the line.
"""

from __future__ import annotations

import re

LINE = ": # opencode_magic\n"
WORD = ":"
"""The command word of the line, which the server's rules see."""
_ALWAYS = f"{WORD} *"
# The beginning of a string in JSON: inside a string the quote would come after a backslash.
_BEGINS = re.compile(r'(?<!\\)": # opencode_magic\\n')


def bare(json: str) -> str:
    """Return JSON from the server with our line taken off each string that begins with it."""
    return _BEGINS.sub('"', json) if LINE[:-1] in json else json


def without_word(patterns: list[str]) -> list[str]:
    """Return the patterns of a request without that of our line, which comes first."""
    return patterns[1:] if patterns[:1] in ([WORD], [_ALWAYS]) else patterns
