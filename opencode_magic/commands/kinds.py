"""The kinds of names that commands take, by which their arguments are completed."""

from __future__ import annotations

from typing import TypeAlias

SessionName: TypeAlias = str
"""An id, the beginning of one, or a title."""
ModelName: TypeAlias = str
AgentName: TypeAlias = str
CommandName: TypeAlias = str
ProviderName: TypeAlias = str
McpName: TypeAlias = str
ProjectPath: TypeAlias = str
"""A file or folder of the project."""
Verbatim: TypeAlias = str
"""The rest of the line as it is written: what looks like an option of ours is none."""

KINDS = {
    "SessionName": "session",
    "ModelName": "model",
    "AgentName": "agent",
    "CommandName": "command",
    "ProviderName": "provider",
    "McpName": "mcp",
    "ProjectPath": "path",
}
