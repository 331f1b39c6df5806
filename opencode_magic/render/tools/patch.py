"""A patch over one or more files."""

from __future__ import annotations

from collections.abc import Iterator

from ...text.amounts import count_words
from ...text.visible import as_text
from .. import diff
from ..blocks import Block, Diff
from ..paths import inside
from .call import ToolCall, ToolLook, code, dig, exact

MOST_FILES = 100
_STATUS = {"add": "added", "delete": "deleted", "move": "renamed", "update": "modified"}
_HEADS = {"*** Add File: ": "add", "*** Update File: ": "update", "*** Delete File: ": "delete"}
_MOVE = "*** Move to: "


def look(call: ToolCall) -> ToolLook:
    diffs = _done(call) or _asked(call.text("patchText"))
    if not diffs:
        return ToolLook("Edit", call.title, "", exact(call.text("patchText")) or code(call.output))
    names = {block.file for block in diffs}
    target = diffs[0].file if len(names) == 1 else count_words(len(names), "file")
    shown: tuple[Block, ...] = tuple(diffs[:MOST_FILES])
    return ToolLook("Edit", target, "", shown)


def files_of(call: ToolCall) -> set[str]:
    """The files a patch is of, on both sides: as the model names them, and as the server does."""
    diffs = (*_done(call), *_asked(call.text("patchText")))
    return {name for block in diffs for name in (block.file, block.old) if name}


def _done(call: ToolCall) -> list[Diff]:
    """What the server says it changed: file by file, or in older versions in one patch."""
    files = call.meta("files")
    if isinstance(files, list) and files:
        return [_file(call, file) for file in files]
    patch = as_text(call.meta("diff"))
    return [diff.of_patch(patch, "")] if patch else []


def _file(call: ToolCall, file: object) -> Diff:
    kind = as_text(dig(file, "type"))
    old = as_text(dig(file, "filePath"))
    new = as_text(dig(file, "movePath")) or old or as_text(dig(file, "relativePath"))
    name = inside(new, call.directory)
    block = diff.of_patch(as_text(dig(file, "patch")), name, status=_STATUS.get(kind, ""))
    return Diff(
        block.patch,
        name,
        block.additions,
        block.deletions,
        block.status,
        inside(old, call.directory) if kind == "move" else block.old,
        block.note,
    )


def _asked(patch: str) -> list[Diff]:
    """What the model wants to change, from the form it writes patches in."""
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
