"""The tools of the notebook's own kernel: their server is called `kernel_` and a number."""

from __future__ import annotations

import re

from ..visible import one_line
from .call import Call, Look, code, exact, printed

_NAME = re.compile(r"kernel_[0-9a-f]{8}_([a-z_]+)")
_VERBS = {
    "list_variables": "List variables",
    "describe_variable": "Describe",
    "read_cells": "Read cells",
    "look_at_figure": "Look at figure",
    "run_code": "Run in kernel",
    "insert_cell": "Insert cell",
}


def tool_of(name: str) -> str:
    """The kernel's tool that the server calls by this name; "" where it is none."""
    found = _NAME.fullmatch(name)
    return found[1] if found and found[1] in _VERBS else ""


def look(call: Call) -> Look:
    tool = tool_of(call.tool)
    verb = _VERBS[tool]
    match tool:
        case "run_code" | "insert_cell":
            source = call.text("code")
            end = printed(call.output) if tool == "run_code" else ()
            return Look(verb, _beginning(source), "", (*exact(source, "python"), *end))
        case "describe_variable":
            return Look(verb, call.text("name"), "", code(call.output))
        case "read_cells":
            numbers = (call.text("first"), call.text("last"))
            return Look(verb, " to ".join(filter(None, numbers)), "", code(call.output))
        case _:
            return Look(verb, "", "", code(call.output))


def _beginning(source: str) -> str:
    first, _, rest = source.strip().partition("\n")
    return one_line(first) + (" …" if rest else "")
