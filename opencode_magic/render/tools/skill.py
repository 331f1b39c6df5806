"""Instructions the agent loaded."""

from __future__ import annotations

import re

from .call import ToolCall, ToolLook, code

_TAGS = re.compile(r"</?skill_(?:content|files)[^>\n]{0,200}>\n?")


def look(call: ToolCall) -> ToolLook:
    """Describe instructions by their name and text."""
    text = call.output
    body = code((_TAGS.sub("", text[:100_000]) + text[100_000:]).strip())
    return ToolLook("Load the skill", call.text("name") or call.title, "", body)
