"""Where a prompt mentions something: `@name`, `@path#L10-20`, `@In[3]`, `@{expr}`.

Reading only: what a mention names is for `attach` to say. The `@` stands at the beginning of a
word; that of `@{expr}` may stand behind an opening bracket or quote, too. Code spans, fences, lines
of code, decorators and what follows an option (`-d @file`) are no places for mentions.
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
    """A place of the prompt that may name something.

    `start` and `end` are the place of the whole word with its `@`, as it is read if it is a name;
    `word` is all that stands there up to the next space, without prose behind it.
    """

    start: int
    end: int
    word: str
    name: str = ""
    """The variable or agent it may be, "" where it can be none."""
    special: str = ""
    """`error`, `fig`, `cells`, `In` or `Out`."""
    number: int = 0
    quoted: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """What it may be as a path with its range, the longest first: prose may follow."""
        if self.quoted:
            return (self.word,)
        found = [self.word]
        while found[-1] and found[-1][-1] in ".,;:!?)]}'\"…*":
            found.append(found[-1][:-1])
        return tuple(path for path in found if path)


@dataclass(frozen=True)
class Expression:
    """`@{expr}` from `start` to `end`."""

    start: int
    end: int
    source: str


def expressions(text: str) -> Iterator[Expression]:
    """The `@{expr}` of a prompt, first to last; one that is never closed is text."""
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
    """The places of a prompt that may name something, first to last."""
    if "@" not in text:
        return
    closed = _no_places(text)
    for match in _START.finditer(text):
        start = match.end()
        place = match.start()
        if _inside(closed, place) or _is_option(text, place) or _is_decorator(text, place):
            continue
        found = _read(text, start)
        if found is not None:
            yield found


def _read(text: str, start: int) -> Mention | None:
    if quoted := _QUOTED.match(text, start):
        word = quoted["path"] + (quoted["range"] or "")
        return Mention(start - 1, quoted.end(), word, quoted=True)
    whole = _WORD.match(text, start, start + LONGEST)
    if whole is None:
        return None
    word = whole[0]
    special = _SPECIAL.match(word)
    name = _NAME.match(word)
    is_name = name is not None and _PROSE.match(word, name.end()) is not None
    is_special = special is not None and _PROSE.match(word, special.end()) is not None
    end = start + (special.end() if special and is_special else name.end() if name and is_name
                   else len(word))  # fmt: skip
    return Mention(
        start - 1,
        end,
        word,
        name[0] if name and is_name else _agent_name(word),
        (special["list"] or special["word"]) if special and is_special else "",
        int(special["number"] or 0) if special and is_special else 0,
    )


def _agent_name(word: str) -> str:
    """A name with dashes: an agent's may have them, no variable's."""
    match = re.match(r"[^\W_](?:[\w-]*\w)?", word)
    return match[0] if match and _PROSE.match(word, match.end()) else ""


def lines_of(path: str) -> tuple[str, int, int] | None:
    """A path without its range, and the range (0 is none); None where the range is none."""
    match = _RANGE.search(path)
    if match is None:
        return path, 0, 0
    first = int(match["first"])
    last = int(match["last"] or first)
    return (path[: match.start()], first, last) if 0 < first <= last else None


def _closing(text: str, start: int) -> int:
    """Where an expression ends: at the first brace that leaves Python which can be read."""
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
    """Whether what stands here is the value of a command's option, as in `curl -d @file`."""
    line_start = text.rfind("\n", 0, at) + 1
    return _OPTION.search(text[max(line_start, at - 40) : at]) is not None


def _is_decorator(text: str, at: int) -> bool:
    """Whether what begins its line here, and others below it, end in a definition."""
    line_start = text.rfind("\n", 0, at) + 1
    if text[line_start:at].strip():
        return False
    for line in text[at:].split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith(("@", "#")):
            return _DEFINES.match(line) is not None
    return False


def _no_places(text: str) -> list[Span]:
    """Code fences, code spans and lines of code, by their places."""
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
        # A paragraph's end ends what was not closed.
        if later is not None and "\n\n" not in text[runs[n].end() : runs[later].start()]:
            yield runs[n].start(), runs[later].end()
            n = later + 1
        else:
            n += 1


def _inside(spans: list[Span], at: int) -> bool:
    return any(start <= at < end for start, end in spans)
