"""Any tool without a look of its own, e.g. one of an MCP server: its input and output."""

from __future__ import annotations

from .call import Call, Look, code


def look(call: Call) -> Look:
    state = call.part.state
    given = code(state.input, "json") if state.input else code(state.raw)
    return Look(call.tool, call.title, "", (*given, *code(call.output)))
