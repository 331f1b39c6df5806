"""Describes what a project brings for a 1.x server to read and run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from ...text import jsonc
from ..host import CONFIG_FILES, FOLDER

OWN_PACKAGE = "@opencode-ai/plugin"
"""What the server itself installs, without scripts, into a `.opencode` folder it finds."""
GENERATED = frozenset({".gitignore", "package-lock.json", "bun.lock"})
"""What that leaves there, beside a `package.json` and `node_modules`."""


def describe(path: Path, content: bytes) -> list[str]:
    """Say what a file of a project would have the server read or run."""
    if path.is_symlink():
        return [f"a link to {_brief(os.fspath(path.readlink()))}"]
    if path.is_dir():
        return ["packages may be installed into it by npm"]
    if path.name in CONFIG_FILES:
        return _describe_config(content)
    if path.name == "package.json":
        return ["packages that npm installs"]
    what = {
        "plugin": "a plugin: code that runs at once",
        "tool": "a tool: code that runs at once, and when the model calls it, without asking",
        "agent": "an agent",
        "mode": "an agent",
        "command": "a command",
        "skill": "a skill",
    }.get(_inside(path).removesuffix("s"))  # the server takes both numbers
    if what is None:
        return []
    text = content.decode("utf-8", "replace")
    if what == "an agent" and re.search(r"^\s*(permission|tools)\s*:", text, re.MULTILINE):
        return [f"{what} with its own permissions"]
    if what == "a command" and re.search(r"!`[^`]+`", text):
        return [f"{what} that runs a shell command when it is used"]
    return [what]


def _inside(path: Path) -> str:
    """Return the folder of `.opencode` a file is in: plugin, agent, ..."""
    parts = path.parts
    at = len(parts) - 1 - parts[::-1].index(FOLDER) if FOLDER in parts else len(parts)
    return parts[at + 1] if at + 2 < len(parts) else ""


def _describe_config(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    found: list[str] = []
    try:
        config = jsonc.loads(text)
    except ValueError:
        config = None
        found.append("cannot be read as JSON; what it brings is unknown")
    for kind, what in (("env", "environment variables"), ("file", "other files")):
        names = sorted(set(re.findall(r"\{" + kind + r":([^}]*)\}", text)))
        if names:
            found.append(f"reads {what}: {_list(names)}")
    if isinstance(config, dict):
        found += _describe_keys(config)
    return found


def _describe_keys(config: dict[str, object]) -> list[str]:
    found: list[str] = []
    if plugins := config.get("plugin"):
        found.append(f"plugins, code that runs at once: {_list(_names(plugins))}")
    for name, server in _entries(config.get("mcp")):
        if command := server.get("command"):
            found.append(f"MCP server {_brief(name)} runs: {_brief(_words(command))}")
        else:
            found.append(f"MCP server {_brief(name)} at {_brief(_words(server.get('url', '?')))}")
    for kind, what in (("formatter", "formatter"), ("lsp", "language server")):
        for name, tool in _entries(config.get(kind)):
            if command := tool.get("command"):
                found.append(f"{what} {_brief(name)} runs: {_brief(_words(command))}")
    for name, provider in _entries(config.get("provider")):
        if package := provider.get("npm"):
            found.append(f"provider {_brief(name)} is the npm package {_brief(_words(package))}")
        options = provider.get("options")
        if isinstance(options, dict) and (url := options.get("baseURL")):
            found.append(f"provider {_brief(name)} sends prompts to {_brief(_words(url))}")
    for key in ("permission", "tools"):
        if config.get(key):
            found.append(f"permission rules: {_brief(json.dumps(config[key]))}")
    for key, what in (("agent", "agent"), ("mode", "agent"), ("command", "command")):
        for name, entry in _entries(config.get(key)):
            own = (
                " with its own permissions" if entry.get("permission") or entry.get("tools") else ""
            )
            shell = " that runs a shell command" if "!`" in json.dumps(entry) else ""
            found.append(f"{what} {_brief(name)}{own}{shell}")
    for key in ("instructions", "skills"):
        if config.get(key):
            found.append(f"{key}: {_brief(json.dumps(config[key]))}")
    told = {"$schema", "plugin", "mcp", "formatter", "lsp", "provider", "permission", "tools"}
    told |= {"agent", "mode", "command", "instructions", "skills"}
    if rest := sorted(str(key) for key in config if key not in told):
        found.append(f"settings: {_list(rest)}")
    return found


def _entries(value: object) -> list[tuple[str, dict[str, object]]]:
    if not isinstance(value, dict):
        return []
    return [(str(key), entry) for key, entry in value.items() if isinstance(entry, dict)]


def _names(value: object) -> list[str]:
    return [_words(entry) for entry in value] if isinstance(value, list) else [_words(value)]


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_words(entry) for entry in value)
    return value if isinstance(value, str) else json.dumps(value)


def _list(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(_brief(name) for name in names[:8]) + more


def _brief(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= 160 else plain[:157] + "..."
