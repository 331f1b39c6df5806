"""The line our guard puts before shell text, and how it is taken off what a server sends. Pure.

The server asks about the command words it finds in shell text; the line holds one, so that it asks
about each text (see server/shell.js). It is ours alone: nothing that is read here has it.
"""

from __future__ import annotations

import re

LINE = ": # opencode_magic\n"
WORD = ":"
"""What the server's rules see of the line."""
_ALWAYS = f"{WORD} *"
# The beginning of a string in JSON: inside a string the quote would come after a backslash.
_BEGINS = re.compile(r'(?<!\\)": # opencode_magic\\n')


def bare(json: str) -> str:
    """JSON as the server sent it, with one line of ours taken off each string that begins so."""
    return _BEGINS.sub('"', json) if LINE[:-1] in json else json


def without_word(patterns: list[str]) -> list[str]:
    """The patterns of a request without that of our line, which stands first."""
    return patterns[1:] if patterns[:1] in ([WORD], [_ALWAYS]) else patterns
