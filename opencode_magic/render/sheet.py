"""A diff as the lines a reader sees: long ones cut, changed words marked, endings described."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..changes.hunks import cut
from ..changes.patch import NO_NEWLINE, SIGNS, FilePatch, Hunk, Line, header, parse
from ..text.amounts import count_words
from ..text.visible import visible
from .marks import Marker, Span, shared

MOST_CHANGED = 5_000  # lines; of a diff with more only the beginning is shown
SHOWN_LINES = 400  # that beginning
LINE_CHARS = 2_000
BEFORE_CHANGE = 200  # characters of a long line that stand before what changed in it

Kind = Literal["add", "del", "same", "hunk", "note"]

_KINDS: dict[str, Kind] = {"+": "add", "-": "del", " ": "same", "": "same"}
_HEADER = re.compile(r"Index: |={10,}$|--- |\+\+\+ |diff --git |index [0-9a-f]+\.\.")


@dataclass(frozen=True)
class SheetLine:
    """A line with its sign, made visible; `marks` are the spans of the words that changed."""

    kind: Kind
    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What a patch does to one file; `file` is the parsed patch, None if it is broken.

    `notes` say in words what the lines cannot.
    """

    lines: tuple[SheetLine, ...]
    notes: tuple[str, ...] = ()
    file: FilePatch | None = None

    @property
    def changed(self) -> int:
        """The number of lines it adds and removes."""
        return sum(line.kind in ("add", "del") for line in self.lines)


def sheets(patch: str) -> tuple[Sheet, ...]:
    """Return what a patch does, file by file; a broken one as it is, on one sheet."""
    files = parse(patch)
    if not files or any(file.broken for file in files):
        return (Sheet(tuple(_raw(patch))),) if patch else ()
    return tuple(_sheet(file) for file in files)


def marked(lines: Sequence[SheetLine]) -> tuple[SheetLine, ...]:
    """Return the lines with their changed words marked."""
    marker = Marker()
    found = list(lines)
    for gone, new in _runs([line.kind for line in lines]):
        old_texts = [lines[n].text[1:] for n in gone]
        new_texts = [lines[n].text[1:] for n in new]
        for i, j in marker.pairs(old_texts, new_texts):
            spans, new_spans = marker.marks(old_texts[i], new_texts[j])
            for at, marks in ((gone[i], spans), (new[j], new_spans)):
                after_sign = tuple((start + 1, end + 1) for start, end in marks)
                found[at] = replace(found[at], marks=after_sign)
    return tuple(found)


def shown_at_most(sheet: Sheet) -> tuple[SheetLine, ...]:
    """Return the lines to show if there is room: all, or the beginning of a very long diff."""
    return sheet.lines if sheet.changed <= MOST_CHANGED else sheet.lines[:SHOWN_LINES]


def left_out(sheet: Sheet, shown: int) -> str:
    """Say what is not shown of a diff after `shown` lines; "" for nothing."""
    if shown == len(sheet.lines):
        return ""
    what = f"the first {shown:,} lines of the diff are" if shown else "none of the diff is"
    words = count_words(sheet.changed, "changed line")
    return f"{words}: {what} shown, {len(sheet.lines) - shown:,} lines are not."


def _raw(patch: str) -> Iterator[SheetLine]:
    """Yield the lines of what may not be a patch; the first character is taken as the sign."""
    in_hunk = "@@" not in patch
    for line in patch.strip("\r\n").split("\n"):
        in_hunk = in_hunk or line.startswith("@@")
        kind = "hunk" if line.startswith("@@") else _KINDS.get(line.rstrip("\r")[:1], "note")
        if not in_hunk and _HEADER.match(line):
            kind = "note"
        yield SheetLine(kind, _cut(_written(line.removesuffix("\r"))))


def _sheet(file: FilePatch) -> Sheet:
    endings = {r.text.endswith("\r") for h in file.hunks for r in h.lines if r.newline}
    mixed = len(endings) > 1
    lines: list[SheetLine] = []
    for hunk in cut(file.hunks):
        lines.append(SheetLine("hunk", _cut(_written(header(hunk)))))
        lines += _lines(hunk, mixed)
    return Sheet(tuple(lines), tuple(_notes(file, mixed)), file)


def _lines(hunk: Hunk, mixed: bool) -> Iterator[SheetLine]:
    texts = [_text(read, mixed) for read in hunk.lines]
    windows = _windows([read.kind for read in hunk.lines], texts)
    for n, (read, text) in enumerate(zip(hunk.lines, texts, strict=True)):
        yield SheetLine(read.kind, SIGNS[read.kind] + _cut(text, windows.get(n, 0)))
        if not read.newline:
            yield SheetLine("note", NO_NEWLINE)


def _text(read: Line, mixed: bool) -> str:
    """Return the line, with its carriage return written out if line endings are `mixed`."""
    if mixed and read.text.endswith("\r"):
        return _written(read.text)
    return _written(read.text.removesuffix("\r"))


def _written(text: str) -> str:
    return visible(text.replace("\r", "\\r"))


def _windows(kinds: Sequence[Kind], texts: Sequence[str]) -> dict[int, int]:
    """Return where long lines begin to be shown: a little before what changed in them."""
    found: dict[int, int] = {}
    for gone, new in _runs(kinds):
        for i, j in zip(gone, new, strict=False):
            if max(len(texts[i]), len(texts[j])) > LINE_CHARS:
                found[i] = found[j] = max(0, shared(texts[i], texts[j]) - BEFORE_CHANGE)
    return found


def _cut(text: str, start: int = 0) -> str:
    """Return `LINE_CHARS` characters from `start`, with a sign where some are left out."""
    end = start + LINE_CHARS
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _runs(kinds: Sequence[Kind]) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the places of removed lines with the added ones that follow them."""
    gone: list[int] = []
    new: list[int] = []
    for n, kind in enumerate([*kinds, "same"]):
        if kind == "del" and not new:
            gone.append(n)
        elif kind == "add":
            new.append(n)
        elif kind != "note":  # a mark of no newline stands between the two
            if gone and new:
                yield gone, new
            gone, new = [n] if kind == "del" else [], []


def _notes(file: FilePatch, mixed: bool) -> Iterator[str]:
    every = [read for hunk in file.hunks for read in hunk.lines]
    if long := sum(len(read.text) > LINE_CHARS for read in every if read.kind != "same"):
        yield f"{count_words(long, 'changed line')} of more than {LINE_CHARS:,} characters: cut."
    if mixed:
        yield from _endings(every)


def _endings(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what to say of lines that changed only in their ending."""
    turned = 0
    ways: set[str] = set()
    for gone, new in _runs([read.kind for read in lines]):
        if len(gone) != len(new):
            continue
        for i, j in zip(gone, new, strict=True):
            old, young = lines[i].text, lines[j].text
            if old != young and old.removesuffix("\r") == young.removesuffix("\r"):
                turned += 2
                ways.add("CRLF to LF" if old.endswith("\r") else "LF to CRLF")
    way = f" ({ways.pop()})" if len(ways) == 1 else ""
    changed = sum(read.kind != "same" for read in lines)
    if turned and turned == changed:
        yield f"Only the line endings change{way}."
    elif turned:
        yield f"{turned:,} of the {changed:,} changed lines differ only in their ending{way}."
