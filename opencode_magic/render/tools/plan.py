"""The agent wants to go over from planning to work, or back."""

from __future__ import annotations

from .call import Call, ToolLook, code


def leave(call: Call) -> ToolLook:
    return ToolLook("Leave plan mode", call.title, "", code(call.output))


def enter(call: Call) -> ToolLook:
    return ToolLook("Enter plan mode", call.title, "", code(call.output))
