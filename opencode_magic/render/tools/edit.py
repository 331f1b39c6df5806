"""A change to a file."""

from __future__ import annotations

from ...text.visible import as_text
from .. import diff
from ..blocks import Block
from ..paths import inside
from .call import ToolCall, ToolLook, code


def look(call: ToolCall) -> ToolLook:
    file = call.path("filePath") or inside(as_text(call.meta("filediff", "file")), call.directory)
    patch = as_text(call.meta("diff") or call.meta("filediff", "patch"))
    return ToolLook("Edit", file or call.title, "", _body(call, file, patch))


def _body(call: ToolCall, file: str, patch: str) -> tuple[Block, ...]:
    if patch:
        return (diff.of_patch(patch, file),)
    before, after = call.text("oldString"), call.text("newString")
    if before or after:
        return (diff.from_texts(before, after, file, whole=False),)
    return code(call.output)
