"""The agent's task list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist
from ..words import MARKS
from .call import ToolCall, ToolLook, code, dig

TOOLS = frozenset({"todowrite", "todoread"})
MOST_TASKS = 100

_STATES = {
    "completed": (MARKS["completed"], "done"),
    "in_progress": (MARKS["running"], "in progress"),
    "cancelled": (MARKS["rejected"], "cancelled"),
}
_OPEN = (MARKS["pending"], "to do")


def look(call: ToolCall) -> ToolLook:
    """A call without a list: one that has not begun, or has failed."""
    tasks = checklist(call)
    return ToolLook("Plan", call.title, "", (tasks,) if tasks else code(call.output))


def checklist(call: ToolCall) -> Checklist | None:
    """The list as this call left it; None where it says nothing of it (yet)."""
    tasks = next(
        (
            found
            for found in (call.meta("todos"), call.argument("todos"))
            if isinstance(found, list)
        ),
        None,
    )
    return None if tasks is None else of_tasks(tasks)


def of_tasks(tasks: Sequence[Any]) -> Checklist:
    """A task list, as far as it can be read."""
    lines = [_check(task) for task in tasks[:MOST_TASKS]]
    if len(tasks) > MOST_TASKS:
        lines.append(Check("…", f"{len(tasks) - MOST_TASKS:,} more"))
    return Checklist(tuple(lines), f"Plan ({_counts(tasks)})")


def _counts(tasks: Sequence[Any]) -> str:
    states = [as_text(dig(task, "status")) for task in tasks]
    return f"{states.count('completed'):,} of {len(tasks):,} checked off"


def _check(task: object) -> Check:
    mark, word = _STATES.get(as_text(dig(task, "status")), _OPEN)
    return Check(mark, one_line(as_text(dig(task, "content"))), word)
