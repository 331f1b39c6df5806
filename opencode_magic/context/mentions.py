"""Where a prompt mentions something: `@name`, `@path#L10-20`, `@In[3]`, `@{expr}`.

This only reads the text; `attach` finds what a mention names. The `@` begins a word; that of
`@{expr}` may also follow an opening bracket or quote. Nothing is mentioned in code spans, fences,
lines of code and decorators, and behind an option (`-d @file`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from .codelines import Span, code_lines, parsed

_START = re.compile(r"(?<!\S)@(?=\S)")
_EXPRESSION = re.compile(r"""(?:(?<!\S)|(?<=[(\[{<"'“„\u2018«*|]))@\{""")
_OPTION = re.compile(r"(?:^|\s)--?[A-Za-z][\w-]*\s+$")
_SPECIAL = re.compile(r"(?P<list>In|Out)\[(?P<number>\d{1,9})\]|(?P<word>error|fig|cells)(?!\w)")
_NAME = re.compile(r"[^\W\d]\w*")
_AGENT = re.compile(r"[^\W_](?:[\w-]*\w)?")  # may have dashes, unlike a variable
_WORD = re.compile(r"\S+")
_QUOTED = re.compile(r'"(?P<path>[^"\n]+)"(?P<range>#L\d+(?:-L?\d+)?)?')
_RANGE = re.compile(r"#L(?P<first>\d{1,9})(?:-L?(?P<last>\d{1,9}))?$")
_PROSE = re.compile(r"(?:'s)?[.,;:!?)\]}'\"…*]*$")
_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_TICKS = re.compile(r"(?<!\\)`+")
_DEFINES = re.compile(
    r"\s*(?:(?:async\s+def|def|class)\b|(?:export|public|private|protected|static|final|abstract"
    r"|interface|enum|record|void|fun|func|override)\b.*[{;()]\s*$)"
)
LONGEST = 1_000  # characters of one mention


@dataclass(frozen=True)
class Mention:
    """A place in the prompt that may name something.

    `start` and `end` enclose the `@` and what it names; `word` is all text up to the next space.
    """

    start: int
    end: int
    word: str
    name: str = ""
    """The variable or agent it may be; "" where it can be none."""
    special: str = ""
    """`error`, `fig`, `cells`, `In` or `Out`."""
    number: int = 0
    quoted: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths, with a range, that it may be, longest first: punctuation may follow."""
        if self.quoted:
            return (self.word,)
        found = [self.word]
        while found[-1] and found[-1][-1] in ".,;:!?)]}'\"…*":
            found.append(found[-1][:-1])
        return tuple(path for path in found if path)


@dataclass(frozen=True)
class Expression:
    """An `@{expr}` from `start` to `end`."""

    start: int
    end: int
    source: str


def expressions(text: str) -> Iterator[Expression]:
    """Yield each `@{expr}` of a prompt in order; one that is never closed is text."""
    closed = _no_places(text)
    at = 0
    while match := _EXPRESSION.search(text, at):
        at = match.end()
        if _inside(closed, match.start()) or _is_option(text, match.start()):
            continue
        end = _closing(text, match.end())
        if end < 0 or not text[match.end() : end].strip():
            continue
        yield Expression(match.start(), end + 1, text[match.end() : end])
        at = end + 1


def mentions(text: str) -> Iterator[Mention]:
    """Yield the places of a prompt that may name something, in order."""
    if "@" not in text:
        return
    closed = _no_places(text)
    for match in _START.finditer(text):
        place = match.start()
        if _inside(closed, place) or _is_option(text, place) or _is_decorator(text, place):
            continue
        if found := _read(text, match.end()):
            yield found


def _read(text: str, start: int) -> Mention | None:
    if quoted := _QUOTED.match(text, start):
        word = quoted["path"] + (quoted["range"] or "")
        return Mention(start - 1, quoted.end(), word, quoted=True)
    whole = _WORD.match(text, start, start + LONGEST)
    if whole is None:
        return None
    word = whole[0]
    special, name = _before_prose(_SPECIAL, word), _before_prose(_NAME, word)
    known = special or name
    called = name or _before_prose(_AGENT, word)
    return Mention(
        start - 1,
        start + (known.end() if known else len(word)),
        word,
        called[0] if called else "",
        (special["list"] or special["word"]) if special else "",
        int(special["number"] or 0) if special else 0,
    )


def _before_prose(pattern: re.Pattern[str], word: str) -> re.Match[str] | None:
    """Return the match at the beginning of a word where only punctuation follows it."""
    match = pattern.match(word)
    return match if match and _PROSE.match(word, match.end()) else None


def lines_of(path: str) -> tuple[str, int, int] | None:
    """Return a path without its range, and the range (0, 0 for none); None for a wrong range."""
    match = _RANGE.search(path)
    if match is None:
        return path, 0, 0
    first = int(match["first"])
    last = int(match["last"] or first)
    return (path[: match.start()], first, last) if 0 < first <= last else None


def _closing(text: str, start: int) -> int:
    """Return where an expression ends: at the first brace before which it is valid Python."""
    first = -1
    at = text.find("}", start)
    for _ in range(50):
        if at < 0 or at - start > LONGEST * 4:
            break
        first = at if first < 0 else first
        if parsed(text[start:at].strip(), "eval") is not None:
            return at
        at = text.find("}", at + 1)
    return first


def _is_option(text: str, at: int) -> bool:
    """Return whether here is the value of a command's option, as in `curl -d @file`."""
    line_start = text.rfind("\n", 0, at) + 1
    return _OPTION.search(text[max(line_start, at - 40) : at]) is not None


def _is_decorator(text: str, at: int) -> bool:
    """Return whether a line begins here that decorates a definition below it."""
    line_start = text.rfind("\n", 0, at) + 1
    if text[line_start:at].strip():
        return False
    for line in text[at:].split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith(("@", "#")):
            return _DEFINES.match(line) is not None
    return False


def _no_places(text: str) -> list[Span]:
    """Return the places of code fences, code spans and lines of code."""
    code = [*code_lines(text)]
    if "`" not in text and "~~~" not in text:
        return code
    found: list[Span] = []
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        mark = match["mark"]
        if opened is None:
            if mark[0] == "`" and "`" in match[0].strip()[len(mark) :]:
                continue  # a code span on a line of its own
            opened = match
        elif mark[0] == opened["mark"][0] and len(mark) >= len(opened["mark"]) and (
            match[0].strip() == mark
        ):  # fmt: skip
            found.append((opened.start(), match.end()))
            opened = None
    if opened is not None:
        found.append((opened.start(), len(text)))
    return sorted([*found, *_spans(text, found), *code])


def _spans(text: str, fences: list[Span]) -> Iterator[Span]:
    runs = [m for m in _TICKS.finditer(text) if not _inside(fences, m.start())]
    by_length: dict[int, list[int]] = {}
    for n, run in enumerate(runs):
        by_length.setdefault(len(run[0]), []).append(n)
    n = 0
    while n < len(runs):
        same = by_length[len(runs[n][0])]
        later = next(iter(same[bisect_right(same, n) :]), None)
        # The end of a paragraph ends what was not closed.
        if later is not None and "\n\n" not in text[runs[n].end() : runs[later].start()]:
            yield runs[n].start(), runs[later].end()
            n = later + 1
        else:
            n += 1


def _inside(spans: list[Span], at: int) -> bool:
    return any(start <= at < end for start, end in spans)
