"""The tools of the notebook's own kernel: their server is called `kernel_` and a number."""

from __future__ import annotations

import re
from dataclasses import replace

from ...answer.inserted import WAITS
from ...text.visible import one_line
from ..blocks import Notice
from .call import ToolCall, ToolLook, code, exact, printed

_NAME = re.compile(r"kernel_[0-9a-f]{8}_([a-z_]+)")
_LINE = re.compile(
    r"(HTTP \d{3}\b|Streamable HTTP error|SSE error|MCP error -\d+|Unable to connect"
    r"|Was there a typo|The socket connection|The operation (timed out|was aborted)|fetch failed"
    r"|Failed to fetch|Connection (closed|refused|reset)|Not connected|Request timed out"
    r"|socket hang up|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT)\b)",
    re.IGNORECASE,
)
GONE = (
    "The tools of this kernel could not be reached, or their answer was lost: look whether the "
    "call was carried out. They are offered again by themselves, and with the next prompt; "
    "`%opencode /kernel` says how they are, `%opencode /kernel off` goes on without them."
)
_VERBS = {
    "list_variables": "List variables",
    "describe_variable": "Describe",
    "read_cells": "Read cells",
    "look_at_figure": "Look at figure",
    "run_code": "Run in kernel",
    "insert_cell": "Insert cell",
}


def tool_of(name: str) -> str:
    """Return the kernel's tool behind the server's name for it; "" for any other tool."""
    found = _NAME.fullmatch(name)
    return found[1] if found and found[1] in _VERBS else ""


def unreached(error: str) -> bool:
    """Return True if a call failed on the connection, by what servers say of that."""
    return _LINE.match(error) is not None


def look(call: ToolCall) -> ToolLook:
    """Describe a call of one of these tools."""
    found = _looked(call)
    if not unreached(call.part.state.error):
        return found
    return replace(found, body=(*found.body, Notice(GONE, "warning")))


def _looked(call: ToolCall) -> ToolLook:
    tool = tool_of(call.tool)
    verb = _VERBS[tool]
    match tool:
        case "run_code" | "insert_cell":
            source = call.text("code")
            end = printed(call.output) if tool == "run_code" else ()
            waits = tool == "insert_cell" and call.output.startswith(WAITS)
            detail = "it waits, and is not in the notebook yet" if waits else ""
            return ToolLook(verb, _beginning(source), detail, (*exact(source, "python"), *end))
        case "describe_variable":
            return ToolLook(verb, call.text("name"), "", code(call.output))
        case "read_cells":
            numbers = (call.text("first"), call.text("last"))
            return ToolLook(verb, " to ".join(filter(None, numbers)), "", code(call.output))
        case _:
            return ToolLook(verb, "", "", code(call.output))


def _beginning(source: str) -> str:
    first, _, rest = source.strip().partition("\n")
    return one_line(first) + (" …" if rest else "")
