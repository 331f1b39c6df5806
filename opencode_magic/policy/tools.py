"""The tools that never ask, and the names that could be mistaken for theirs."""

from __future__ import annotations

from ..errors import InputError
from ..model.tools import PERMISSIONS, TOOLS

# These look, think or talk to the user. Everything else is guarded, tools we do not know too.
HARMLESS_KINDS = (
    *("read", "search", "find", "folder", "todo", "question", "skill", "lsp", "plan", "act"),
)
HARMLESS = (*(name for kind in HARMLESS_KINDS for name in TOOLS[kind]), *PERMISSIONS["loop"])


def mistaken_for(server: str) -> str:
    """Return the tool that never asks for which one of this MCP server could be mistaken, or "".

    OpenCode names such a tool `SERVER_TOOL`, and asks by that name: a server `plan` with a tool
    `enter` would have the permission of `plan_enter`.
    """
    return next((tool for tool in HARMLESS if tool.startswith(f"{server}_")), "")


def check_mcp_name(server: str) -> None:
    """Raise InputError where an MCP server of this name could have a tool that never asks."""
    if tool := mistaken_for(server):
        raise InputError(
            f"an MCP server cannot be called {server!r}: a tool of it could pass for {tool}, which "
            "asks nobody; choose another name"
        )
