"""A file before it is opened: its beginning and what changed, or why neither can be shown."""

from __future__ import annotations

import codecs
from dataclasses import replace

from ..text.visible import size_words
from .blocks import Block, Code, Diff, Notice
from .limits import LIVE, Limit, cut
from .tools.call import language_of
from .words import diff_words

READ_BYTES = 100_000
GONE = "The file is not there any more."
IS_LINK = "A symbolic link is not followed."


def preview(path: str, data: bytes, size: int, changed: Diff | None = None) -> tuple[Block, ...]:
    """Return the blocks for a file.

    Parameters
    ----------
    path, size:
        its name, which tells the language, and its size in bytes.
    data:
        the beginning of the file, or all of it.
    changed:
        what changed since the last commit, shown above the file.
    """
    if changed is not None:
        return (*change(changed), Notice("The file as it is now:"), *preview(path, data, size))
    text = _text(data, whole=len(data) == size)
    if text is None:
        return (Notice(f"{size_words(size, 'byte')} that are no text."),)
    if not text:
        return (Notice("The file is empty."),)
    head = cut(text, Limit(2 * LIVE.chars)).head
    if len(head) == len(text) and len(data) == size:
        return (Code(text, language_of(path), exact=True),)
    shown = len(head.encode("utf-8", "surrogatepass"))
    note = f"The first {size_words(shown, 'byte')} of {size_words(size, 'byte')}."
    return (Notice(note), Code(head, language_of(path), exact=True))


def change(changed: Diff) -> tuple[Block, ...]:
    """Return the blocks for what happened to a file since the last commit."""
    said = diff_words(changed)
    return (
        Notice(f"Since the last commit{f' ({said})' if said else ''}:"),
        *((replace(changed, file="", old=""),) if changed.patch else ()),
    )


def _text(data: bytes, *, whole: bool) -> str | None:
    """Return bytes as text; None if they are something else."""
    if b"\0" in data:
        return None
    try:
        # What was read may end in the middle of a character.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole)
    except UnicodeDecodeError:
        return None
