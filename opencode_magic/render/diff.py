"""Unified diffs as blocks: from a server's patch, or from two texts where it sends none.

A block holds the changes with three lines around each, even if a server sends the whole file, and
in words what else a patch says of the file.
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

MOST_CHARS = 10_000_000  # of a patch that is read
COMPARED_CHARS = 2_000_000  # of each of two texts
MANGLED = "not UTF-8: bytes were replaced that no diff shows"
REMEMBERED = 64  # blocks: a turn is described again and again while it runs

_MODE = re.compile(r"[0-7]{6}")
_MODES = {("100644", "100755"): "now executable", ("100755", "100644"): "no longer executable"}
_NEW_MODES = {"100755": "executable", "120000": "a symbolic link", "160000": "a submodule"}


@lru_cache(REMEMBERED)
def of_patch(patch: str, file: str, *, status: str = "") -> Diff:
    """Return the block for a patch of `file`; one of several files keeps their headers.

    `status` is what the server says of the file, e.g. `added`; "" if the patch must tell.
    """
    if len(patch) > MOST_CHARS:
        return Diff("", file, status=status, note=f"{len(patch):,} characters, not shown")
    files = parse(patch)
    additions, deletions = sum(f.added for f in files), sum(f.removed for f in files)
    if len(files) != 1 or files[0].broken:
        return Diff(patch, file, additions, deletions, status)
    return replace(of_file(files[0], status=status, name=file), file=file)


def of_file(read: FilePatch, *, status: str = "", name: str = "") -> Diff:
    """Return the block for what a patch does to one file, or to the cells of a notebook."""
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
    """Return the block for two texts of a file, as some servers send them.

    A text that is not `whole` is a piece of the file, whose last line ends like all others.
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
    """Return a file of a turn's diff as a block."""
    if not changed.patch and (changed.before or changed.after):
        return from_texts(changed.before, changed.after, changed.file)
    block = of_patch(changed.patch, changed.file, status=changed.status)
    if not (changed.additions or changed.deletions):
        if changed.patch:
            return block
        # A server that tells the status sends nothing only for a binary file.
        return replace(block, note="binary" if changed.status else "binary or empty")
    counted = (block.additions, block.deletions)
    if counted != (changed.additions, changed.deletions) and "\ufffd" in changed.patch:
        # The server counts the bytes of lines, and sends text.
        block = replace(block, note=", ".join(filter(None, (block.note, MANGLED))))
    if notebooks.is_notebook(changed.file):
        return block  # the server counts lines of JSON
    return replace(block, additions=changed.additions, deletions=changed.deletions)


def _note(file: FilePatch, status: str) -> str:
    """Return what a patch says of a file outside of its lines."""
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
