"""Text searches that find what can be reported, and say what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...errors import InputError, ServerError, UnreadableError
from ...model.files import Found, Match

MOST_LINES = 10
"""How many matching lines the server looks for."""
STOPPED = f"The server stops at {MOST_LINES} lines: a narrower pattern shows others."
SIDE_CHARS = 1_000  # beside a match, in lines that are short enough for sure

Search = Callable[[str], Sequence[Match]]


def find_text(search: Search, pattern: str) -> Found:
    """Search for `pattern`, and where the server cannot report a match, for the other ones.

    `search` is `Find.text`, and this raises what that does.
    """
    try:
        return _found(search(pattern))
    except UnreadableError as error:
        return _readable(search, pattern, error)


def _readable(search: Search, pattern: str, error: UnreadableError) -> Found:
    """Return the matches in lines that can be reported: of UTF-8, and of less than 64 kB."""
    # A dot is a whole character of UTF-8 for ripgrep.
    short = f".{{0,{SIDE_CHARS}}}"
    for side, left_out in (
        (".*", "that are not UTF-8"),
        (short, f"that are not UTF-8 or very long (over {SIDE_CHARS:,} characters beside a match)"),
    ):
        try:
            found = search(f"^{side}(?:{pattern}){side}$")
        except (InputError, ServerError):
            continue
        # The hit is the whole line now, which tells a reader nothing.
        matches = [msgspec.structs.replace(match, submatches=[]) for match in found]
        missing = f"Missing are matching lines {left_out}: the server cannot report them"
        return _found(matches, f"{missing}; `rg` in a terminal finds them.")
    raise error


def _found(matches: Sequence[Match], *notes: str) -> Found:
    if len(matches) >= MOST_LINES:
        notes = (*notes, STOPPED)
    return Found(tuple(matches), notes)
