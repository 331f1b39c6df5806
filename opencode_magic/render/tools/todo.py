"""The agent's task list."""

from __future__ import annotations

from ..blocks import Plain
from ..visible import as_text, one_line
from .call import Call, Look, code, dig

_MARKS = {"completed": "[x]", "in_progress": "[>]", "cancelled": "[-]"}


def look(call: Call) -> Look:
    todos = call.meta("todos")
    if not isinstance(todos, list):
        todos = call.argument("todos")
    if not isinstance(todos, list):
        return Look("Plan", call.title, "", code(call.output))
    done = sum(as_text(dig(todo, "status")) == "completed" for todo in todos)
    lines = [f"{_mark(todo)} {one_line(as_text(dig(todo, 'content')))}" for todo in todos[:200]]
    body = (Plain("\n".join(lines)),) if lines else ()
    return Look("Plan", "", f"{done} of {len(todos)} checked off", body)


def _mark(todo: object) -> str:
    return _MARKS.get(as_text(dig(todo, "status")), "[ ]")
