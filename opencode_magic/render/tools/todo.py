"""The agent's task list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...model.tools import dig
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist
from ..words import MARKS
from .call import ToolCall, ToolLook, code

MOST_TASKS = 100

_STATES = {
    "completed": (MARKS["completed"], "done"),
    "in_progress": (MARKS["running"], "in progress"),
    "cancelled": (MARKS["rejected"], "cancelled"),
}
_OPEN = (MARKS["pending"], "to do")


def look(call: ToolCall) -> ToolLook:
    """Describe a call apart from the session's list: one that has not begun, or has failed."""
    tasks = checklist(call)
    return ToolLook("Plan", call.title, "", (tasks,) if tasks else code(call.output))


def checklist(call: ToolCall) -> Checklist | None:
    """Return the list as this call left it; None if it has none (yet)."""
    for tasks in (call.meta("todos"), call.argument("todos")):
        if isinstance(tasks, list):
            return of_tasks(tasks)
    return None


def of_tasks(tasks: Sequence[Any]) -> Checklist:
    """Return a task list, as far as it can be read."""
    lines = [_check(task) for task in tasks[:MOST_TASKS]]
    if len(tasks) > MOST_TASKS:
        lines.append(Check("…", f"{len(tasks) - MOST_TASKS:,} more"))
    done = sum(dig(task, "status") == "completed" for task in tasks)
    return Checklist(tuple(lines), f"Plan ({done:,} of {len(tasks):,} checked off)")


def _check(task: object) -> Check:
    mark, word = _STATES.get(as_text(dig(task, "status")), _OPEN)
    return Check(mark, one_line(as_text(dig(task, "content"))), word)
