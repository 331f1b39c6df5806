"""Unified diffs as blocks: from a server's patch, or from two texts where it sends none.

A block holds the changes with three lines around each, also where a server sends the whole file;
what a patch says of a file besides is on the block in words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from ..changes.hunks import compare, cut
from ..changes.patch import FilePatch, parse, written
from ..model.files import FileDiff
from . import notebooks
from .blocks import Diff

MOST_CHARS = 10_000_000  # more is not even read
COMPARED_CHARS = 2_000_000  # of each of two texts
MANGLED = "not UTF-8: bytes were replaced that no diff shows"
REMEMBERED = 64  # blocks: a turn is described again and again while it runs

_MODE = re.compile(r"[0-7]{6}")
_MODES = {
    ("100644", "100755"): "now executable",
    ("100755", "100644"): "no longer executable",
}
_NEW_MODES = {"100755": "executable", "120000": "a symbolic link", "160000": "a submodule"}


@lru_cache(REMEMBERED)
def of_patch(patch: str, file: str, *, status: str = "") -> Diff:
    """The block for a patch; one of several files keeps them apart by their headers."""
    if len(patch) > MOST_CHARS:
        return Diff("", file, status=status, note=f"{len(patch):,} characters, not shown")
    files = parse(patch)
    additions, deletions = sum(f.added for f in files), sum(f.removed for f in files)
    if len(files) != 1 or files[0].broken:
        return Diff(patch, file, additions, deletions, status)
    return replace(of_file(files[0], status=status, name=file), file=file)


def of_file(read: FilePatch, *, status: str = "", name: str = "") -> Diff:
    """The block for what a patch does to one file, of a notebook to its cells."""
    if status in ("", "modified") and read.status != "modified":
        status = read.status
    old = read.old if status in ("renamed", "copied") else ""
    name = name or read.new or read.old
    note = _note(read, status)
    if notebooks.is_notebook(name) and read.hunks and not old:
        cells = notebooks.of_patch(read, name, status=status)
        if cells is not None:
            return cells
        note = ", ".join(filter(None, (note, notebooks.PART)))
    text = written(cut(read.hunks))
    return Diff(text, name, read.added, read.removed, status, old, note)


@lru_cache(REMEMBERED)
def from_texts(before: str, after: str, file: str, *, whole: bool = True) -> Diff:
    """The block for two texts of a file, as some servers send them.

    Not `whole`: a piece of the file, whose last line ends like all others.
    """
    status = "added" if after and not before else "deleted" if before and not after else "modified"
    if max(len(before), len(after)) > COMPARED_CHARS:
        return Diff("", file, status=status, note="too long to be compared")
    if whole and notebooks.is_notebook(file):
        cells = notebooks.of_texts(before, after, file, status=status)
        if cells is not None:
            return cells
    if not whole:
        before, after = (f"{text}\n" if text else "" for text in (before, after))
    return of_patch(written(compare(before, after)), file, status=status)


def changed_file(changed: FileDiff) -> Diff:
    """A file of a turn's diff as a block."""
    if not changed.patch and (changed.before or changed.after):
        return from_texts(changed.before, changed.after, changed.file)
    block = of_patch(changed.patch, changed.file, status=changed.status)
    if not (changed.additions or changed.deletions):
        if changed.patch:
            return block
        # A server that tells the status sends nothing only for a binary file.
        return replace(block, note="binary" if changed.status else "binary or empty")
    counts_agree = (block.additions, block.deletions) == (changed.additions, changed.deletions)
    if not counts_agree and "\ufffd" in changed.patch:  # it counts bytes, and sends text
        block = replace(block, note=", ".join(filter(None, (block.note, MANGLED))))
    if notebooks.is_notebook(changed.file):
        return block  # the server counts lines of JSON
    return replace(block, additions=changed.additions, deletions=changed.deletions)


def _note(file: FilePatch, status: str) -> str:
    """What a patch says of a file that is no line of it."""
    words = []
    modes = (file.old_mode, file.new_mode)
    if file.binary:
        words.append("binary")
    elif not file.hunks and status in ("added", "deleted"):
        words.append("empty")
    if status == "added":
        words.append(_NEW_MODES.get(file.new_mode, ""))
    elif file.old_mode != file.new_mode and all(map(_MODE.fullmatch, modes)):
        words.append(_MODES.get(modes, "mode {} to {}".format(*modes)))
    return ", ".join(filter(None, words))
