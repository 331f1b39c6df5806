"""A patch over one or more files."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.tools import FileChange, file_changes
from ...text.amounts import count_words
from ...text.visible import as_text
from .. import diff
from ..blocks import Block, Diff
from ..paths import inside
from .call import ToolCall, ToolLook, code, exact

MOST_FILES = 100
_STATUS = {"add": "added", "delete": "deleted", "move": "renamed", "update": "modified"}
_HEADS = {"*** Add File: ": "add", "*** Update File: ": "update", "*** Delete File: ": "delete"}
_MOVE = "*** Move to: "


def look(call: ToolCall) -> ToolLook:
    """Describe a patch by its files."""
    diffs = _done(call) or _asked(call.text("patch"))
    if not diffs:
        return ToolLook("Edit", call.title, "", exact(call.text("patch")) or code(call.output))
    names = {block.file for block in diffs}
    target = diffs[0].file if len(names) == 1 else count_words(len(names), "file")
    shown: tuple[Block, ...] = tuple(diffs[:MOST_FILES])
    return ToolLook("Edit", target, "", shown)


def files_of(call: ToolCall) -> set[str]:
    """Return the files of a patch, old and new, as the model and as the server name them."""
    diffs = (*_done(call), *_asked(call.text("patch")))
    return {name for block in diffs for name in (block.file, block.old) if name}


def _done(call: ToolCall) -> list[Diff]:
    """Return what the server says it changed: by file, or as one patch in older versions."""
    if files := file_changes(call.part.state.metadata):
        return [_file(call, file) for file in files]
    patch = as_text(call.meta("patch"))
    return [diff.of_patch(patch, "")] if patch else []


def _file(call: ToolCall, file: FileChange) -> Diff:
    name = inside(file.moved_to or file.file or file.relative, call.directory)
    block = diff.of_patch(file.patch, name, status=_STATUS.get(file.kind, ""))
    return Diff(
        block.patch,
        name,
        block.additions,
        block.deletions,
        block.status,
        inside(file.file, call.directory) if file.kind == "move" else block.old,
        block.note,
    )


def _asked(patch: str) -> list[Diff]:
    """Return what the model wants to change, from the form in which it writes patches."""
    return [
        Diff("\n".join(lines), name, *_counts(lines), _STATUS[kind], old)
        for kind, name, old, lines in _pieces(patch)
    ]


def _pieces(patch: str) -> Iterator[tuple[str, str, str, list[str]]]:
    kind = name = old = ""
    lines: list[str] = []
    for line in patch[: diff.MOST_CHARS].split("\n"):
        head = next((head for head in _HEADS if line.startswith(head)), "")
        if head or line.startswith("*** End Patch"):
            if kind:
                yield kind, name, old, lines
            kind, name, old, lines = _HEADS.get(head, ""), line[len(head) :].strip(), "", []
        elif kind and line.startswith(_MOVE):
            kind, old, name = "move", name, line[len(_MOVE) :].strip()
        elif kind and not line.startswith("*** "):
            lines.append(line)
    if kind:
        yield kind, name, old, lines


def _counts(lines: list[str]) -> tuple[int, int]:
    return sum(line[:1] == "+" for line in lines), sum(line[:1] == "-" for line in lines)
