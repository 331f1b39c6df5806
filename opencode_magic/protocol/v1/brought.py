"""Describes what a project brings for a 1.x server to read and run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from ..brief import brief, entries, inside, listing, read_config, spelt, spelt_names
from ..host import CONFIG_FILES, FOLDER

OWN_PACKAGE = "@opencode-ai/plugin"
"""What the server itself installs, without scripts, into a `.opencode` folder it finds."""
GENERATED = frozenset({".gitignore", "package-lock.json", "bun.lock"})
"""What that leaves there, beside a `package.json` and `node_modules`."""


def describe(path: Path, content: bytes) -> list[str]:
    """Say what a file of a project would have the server read or run."""
    if path.is_symlink():
        return [f"a link to {brief(os.fspath(path.readlink()))}"]
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
    }.get(inside(path, FOLDER).removesuffix("s"))  # the server takes both numbers
    if what is None:
        return []
    text = content.decode("utf-8", "replace")
    if what == "an agent" and re.search(r"^\s*(permission|tools)\s*:", text, re.MULTILINE):
        return [f"{what} with its own permissions"]
    if what == "a command" and re.search(r"!`[^`]+`", text):
        return [f"{what} that runs a shell command when it is used"]
    return [what]


def _describe_config(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    config, found = read_config(text)
    if isinstance(config, dict):
        found += _describe_keys(config)
    return found


def _describe_keys(config: dict[str, object]) -> list[str]:
    found: list[str] = []
    if plugins := config.get("plugin"):
        found.append(f"plugins, code that runs at once: {listing(spelt_names(plugins))}")
    for name, server in entries(config.get("mcp")):
        if command := server.get("command"):
            found.append(f"MCP server {brief(name)} runs: {brief(spelt(command))}")
        else:
            found.append(f"MCP server {brief(name)} at {brief(spelt(server.get('url', '?')))}")
    for kind, what in (("formatter", "formatter"), ("lsp", "language server")):
        for name, tool in entries(config.get(kind)):
            if command := tool.get("command"):
                found.append(f"{what} {brief(name)} runs: {brief(spelt(command))}")
    for name, provider in entries(config.get("provider")):
        if package := provider.get("npm"):
            found.append(f"provider {brief(name)} is the npm package {brief(spelt(package))}")
        options = provider.get("options")
        if isinstance(options, dict) and (url := options.get("baseURL")):
            found.append(f"provider {brief(name)} sends prompts to {brief(spelt(url))}")
    for key in ("permission", "tools"):
        if config.get(key):
            found.append(f"permission rules: {brief(json.dumps(config[key]))}")
    for key, what in (("agent", "agent"), ("mode", "agent"), ("command", "command")):
        for name, entry in entries(config.get(key)):
            own = (
                " with its own permissions" if entry.get("permission") or entry.get("tools") else ""
            )
            shell = " that runs a shell command" if "!`" in json.dumps(entry) else ""
            found.append(f"{what} {brief(name)}{own}{shell}")
    for key in ("instructions", "skills"):
        if config.get(key):
            found.append(f"{key}: {brief(json.dumps(config[key]))}")
    told = {"$schema", "plugin", "mcp", "formatter", "lsp", "provider", "permission", "tools"}
    told |= {"agent", "mode", "command", "instructions", "skills"}
    if rest := sorted(str(key) for key in config if key not in told):
        found.append(f"settings: {listing(rest)}")
    return found
