"""The tools that ask nobody, and what could pass for one of them. Pure."""

from __future__ import annotations

from ..errors import InputError
from ..model.tools import PERMISSIONS, TOOLS

# These look, think or talk to the user. Everything else is guarded, also what we do not know.
HARMLESS_KINDS = (
    *("read", "search", "find", "folder", "todo", "question", "skill", "lsp", "plan", "act"),
)
HARMLESS = (*(name for kind in HARMLESS_KINDS for name in TOOLS[kind]), *PERMISSIONS["loop"])


def mistaken_for(server: str) -> str:
    """The tool that asks nobody and that a tool of an MCP server of this name could pass for.

    The opencode server names such a tool `SERVER_TOOL`, and asks by that name: `plan` with a tool
    `enter` would have the permission of `plan_enter`.
    """
    return next((tool for tool in HARMLESS if tool.startswith(f"{server}_")), "")


def check_mcp_name(server: str) -> None:
    """InputError where an MCP server of this name could have a tool that asks nobody."""
    if tool := mistaken_for(server):
        raise InputError(
            f"an MCP server cannot be called {server!r}: a tool of it could pass for {tool}, which "
            "asks nobody; choose another name"
        )
