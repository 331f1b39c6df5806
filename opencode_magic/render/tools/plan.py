"""The agent wants to go over from planning to work, or back."""

from __future__ import annotations

from .call import Call, Look, code


def leave(call: Call) -> Look:
    return Look("Leave plan mode", call.title, "", code(call.output))


def enter(call: Call) -> Look:
    return Look("Enter plan mode", call.title, "", code(call.output))
