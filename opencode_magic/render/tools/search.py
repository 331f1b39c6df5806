"""Searches in files and for files: what was found, by file."""

from __future__ import annotations

import re

from ...text.amounts import count_words
from ...text.visible import plain_output, visible
from ..blocks import Block
from ..paths import inside
from .call import ToolCall, ToolLook, code, printed

READ_CHARS = 200_000  # of an answer that is laid out
_MATCH = re.compile(r"  Line (\d{1,9}): (.*)")
_NOTHING = "No files found"
_BOLD = "\x1b[1m{}\x1b[m"


def grep(call: ToolCall) -> ToolLook:
    """Describe a search in files."""
    found = call.number("matches")
    detail = "" if found is None else count_words(found, "match", "matches")
    return _look("Search for", call, detail, _matches(call))


def glob(call: ToolCall) -> ToolLook:
    """Describe a search for files by their names."""
    found = call.number("count")
    detail = "" if found is None else count_words(found, "file")
    return _look("Find files", call, detail, _files(call))


def _look(verb: str, call: ToolCall, detail: str, body: tuple[Block, ...]) -> ToolLook:
    pattern = call.text("pattern") or call.title
    where = call.path("folder")
    places = (pattern, call.text("include"), where if where != "." else "")
    # The server stops at its own limit.
    stopped = "stopped there" if call.meta("truncated") is True else ""
    details = ", ".join(filter(None, (detail, stopped)))
    return ToolLook(verb, " in ".join(filter(None, places)), details, body)


def _matches(call: ToolCall) -> tuple[Block, ...]:
    """Return the matching lines under their files, or the output as it is if it is unreadable."""
    if len(call.output) > READ_CHARS:
        return code(call.output)
    # After this line the guard says what is never searched.
    if call.output.strip().partition("\n")[0] == _NOTHING:
        return ()
    lines: list[str] = []
    found = False
    for line in call.output.split("\n"):
        match = _MATCH.fullmatch(line)
        if match and lines:
            found = True
            lines.append(f"{match[1]:>6}  {_harmless(match[2])}")
        elif line[:1].strip() and line.endswith(":"):
            lines.append(_BOLD.format(_harmless(inside(line[:-1], call.directory))))
    return printed("\n".join(lines)) if found else code(call.output)


def _files(call: ToolCall) -> tuple[Block, ...]:
    if len(call.output) > READ_CHARS:
        return code(call.output)
    lines = (line for line in call.output.split("\n") if line and not line.startswith("(Results "))
    names = [inside(line, call.directory) for line in lines]
    return () if names == [_NOTHING] else code("\n".join(names))


def _harmless(line: str) -> str:
    """Return a line of a file, without what would be taken for colours or movements of ours."""
    return visible(plain_output(line).rstrip().replace("\r", " "))
