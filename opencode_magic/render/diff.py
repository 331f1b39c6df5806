"""Unified diffs: read tolerantly, made from two texts where a server sends no patch, and cut."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from .blocks import Diff

MOST_CHANGED = 2_000  # changed lines; more than that leads with a summary
SHOWN_LINES = 400  # of a diff that is longer
SHOWN_CHARS = 200_000
LINE_CHARS = 2_000
MOST_CHARS = 1_000_000  # more is not even read
COMPARED_LINES = 2_000  # difflib is quadratic

Kind = Literal["add", "del", "same", "hunk", "note"]

_HEADER = re.compile(r"Index: |={10,}$|--- |\+\+\+ |diff --git |index [0-9a-f]+\.\.")
_FILE = re.compile(r"Index: |diff --git ")
_KINDS: dict[str, Kind] = {"+": "add", "-": "del", " ": "same", "": "same"}


@dataclass(frozen=True)
class Line:
    """A line of a diff, with its sign."""

    kind: Kind
    text: str


def lines(patch: str) -> tuple[Line, ...]:
    """The lines of a patch, without the headers that only name the file again."""
    found: list[Line] = []
    in_hunk = "@@" not in patch  # no hunk header at all: every line counts
    for text in patch.split("\n") if patch else ():
        bare = text.rstrip("\r")
        if _FILE.match(bare):
            in_hunk = "@@" not in patch
        if bare.startswith("@@"):
            in_hunk = True
            found.append(Line("hunk", bare))
        elif in_hunk:
            found.append(Line(_KINDS.get(bare[:1], "note"), bare))
        elif not _HEADER.match(bare) and bare:
            found.append(Line("note", bare))
    while found and not found[-1].text:
        found.pop()
    return tuple(found)


def counts(patch: str) -> tuple[int, int]:
    """How many lines a patch adds and removes."""
    kinds = [line.kind for line in lines(patch)]
    return kinds.count("add"), kinds.count("del")


def shown(patch: str) -> tuple[tuple[Line, ...], str]:
    """The lines to show, and in words what is left out ("" for nothing)."""
    every = lines(patch)
    changed = sum(line.kind in ("add", "del") for line in every)
    most = SHOWN_LINES if changed > MOST_CHANGED else MOST_CHANGED * 2
    kept: list[Line] = []
    room = SHOWN_CHARS
    for line in every[:most]:
        cut = line.text[:LINE_CHARS]
        kept.append(Line(line.kind, cut + "…" if len(cut) < len(line.text) else cut))
        room -= len(cut)
        if room < 0:
            break
    if len(kept) == len(every):
        return tuple(kept), ""
    words = f"{changed:,} changed lines; the first {len(kept):,} lines of the diff are shown"
    return tuple(kept), words


def of_patch(patch: str, file: str, *, status: str = "") -> Diff:
    """The block for a patch."""
    if len(patch) > MOST_CHARS:
        patch = f"{patch[:MOST_CHARS]}\n… {len(patch) - MOST_CHARS:,} characters not shown …"
    additions, deletions = counts(patch)
    return Diff(patch, file, additions, deletions, status)


def from_texts(before: str, after: str, file: str) -> Diff:
    """The block for two texts of a file, as servers before 1.14 send them."""
    status = "added" if after and not before else "deleted" if before and not after else "modified"
    patch = _patch(before[:MOST_CHARS].split("\n"), after[:MOST_CHARS].split("\n"))
    return of_patch(patch, file, status=status)


def _patch(before: list[str], after: list[str]) -> str:
    before, after = _without_end(before), _without_end(after)
    if max(len(before), len(after)) <= COMPARED_LINES:
        compared = difflib.unified_diff(before, after, lineterm="")
        return "\n".join(list(compared)[2:])
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    room = min(len(before), len(after)) - start
    while end < room and before[-1 - end] == after[-1 - end]:
        end += 1
    gone, new = before[start : len(before) - end], after[start : len(after) - end]
    if not gone and not new:
        return ""
    header = f"@@ -{start + 1},{len(gone)} +{start + 1},{len(new)} @@"
    return "\n".join([header, *("-" + line for line in gone), *("+" + line for line in new)])


def _without_end(split: list[str]) -> list[str]:
    """The lines without the nothing after the final newline."""
    return split[:-1] if split and not split[-1] else split
