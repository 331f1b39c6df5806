"""The agent wants to go over from planning to work, or back."""

from __future__ import annotations

from .call import ToolCall, ToolLook, code


def leave(call: ToolCall) -> ToolLook:
    return ToolLook("Leave plan mode", call.title, "", code(call.output))


def enter(call: ToolCall) -> ToolLook:
    return ToolLook("Enter plan mode", call.title, "", code(call.output))
