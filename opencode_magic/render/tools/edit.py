"""A change to a file."""

from __future__ import annotations

from ...text.visible import as_text
from .. import diff
from ..blocks import Block
from ..paths import inside
from .call import ToolCall, ToolLook, code


def look(call: ToolCall) -> ToolLook:
    """Describe a change by the server's patch, else by the texts the model gave."""
    file = call.path("file") or inside(as_text(call.meta("file")), call.directory)
    patch = as_text(call.meta("patch"))
    before, after = call.text("before"), call.text("after")
    body: tuple[Block, ...] = code(call.output)
    if patch:
        body = (diff.of_patch(patch, file),)
    elif before or after:
        body = (diff.from_texts(before, after, file, whole=False),)
    return ToolLook("Edit", file or call.title, "", body)
