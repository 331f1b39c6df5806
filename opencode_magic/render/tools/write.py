"""A file that was written whole."""

from __future__ import annotations

from dataclasses import replace

from .. import diff
from ..blocks import Block
from .call import ToolCall, ToolLook


def look(call: ToolCall) -> ToolLook:
    """Describe a file by what was foreseen to change, else by its new text."""
    path = call.path("file")
    content = call.text("content")
    existed = call.meta("exists")
    body: tuple[Block, ...] = ()
    if call.foreseen:
        body = (diff.of_patch(call.foreseen, path),)
    elif content:
        # The call tells no diff, so all of it stands as new, also over an older file.
        whole = diff.from_texts("", content, path)
        body = (replace(whole, status="added" if existed is False else ""),)
    detail = "new file" if existed is False else "replaced" if existed is True else ""
    return ToolLook("Write", path or call.title, detail, body)
