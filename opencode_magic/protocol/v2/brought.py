"""Describes what a project brings for a 2.x server to read and run.

Its configuration may be spelled as in 1.x, which the server translates.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..brief import brief, entries, inside, listing, read_config, spelt, spelt_names
from ..host import CONFIG_FILES, FOLDER, home_of

SKILL_FOLDERS = (".claude/skills", ".agents/skills")
"""Skills of other programs, which the server offers to the model, too."""
NOT_READ = ("node_modules", "plan", "plans", "bin")
"""In the configuration folder of a home: what the server, or its installation, keeps there."""

_KINDS = {
    "plugin": "a plugin: code that runs at once",
    "agent": "an agent",
    "mode": "an agent",
    "command": "a command",
    "skill": "a skill",
}
SHELL = re.compile(r"!`([^`]+)`")
"""What the server runs of a command's text before the model gets it, and asks nobody."""
_CODE = re.compile(r"^(aisdk:)?file:")
_OWN_PACKAGES = re.compile(r"(aisdk:)?@(ai-sdk|opencode)/|(aisdk:)?(opencode|native)\b")
_SAID = {
    *("$schema", "plugin", "plugins", "mcp", "formatter", "shell", "provider", "providers"),
    *("permission", "permissions", "tools", "agent", "agents", "mode", "command", "commands"),
    *("instructions", "skills", "references", "lsp"),
}


def folders_in(place: Path) -> tuple[str, ...]:
    """Return the folders there that the server reads; of a home its own alone."""
    return (FOLDER,) if place == home_of(os.environ) else (FOLDER, *SKILL_FOLDERS)


def is_passed_over(folder: Path) -> bool:
    """Return whether the server takes nothing from a folder inside one of these."""
    return folder.name in NOT_READ and folder.parent == home_of(os.environ) / FOLDER


def describe(path: Path, content: bytes) -> list[str]:
    """Say what a file of a project would have the server read or run."""
    if path.is_symlink():
        return [f"a link to {brief(os.fspath(path.readlink()))}"]
    text = content.decode("utf-8", "replace")
    if path.name in CONFIG_FILES:
        return list(_described(text))
    if any(folder in path.as_posix() for folder in SKILL_FOLDERS):
        return ["a skill"]
    what = _KINDS.get(inside(path, FOLDER).removesuffix("s"))
    if what is None:
        return ["a file that the others may load"]
    if what == "an agent" and re.search(r"^\s*(permissions?|tools)\s*:", text, re.MULTILINE):
        return [f"{what} with its own permissions"]
    if what == "a command" and (commands := SHELL.findall(text)):
        return [f"{what} that runs when it is used: {listing(commands)}"]
    return [what]


def _described(text: str) -> Iterator[str]:
    config, reads = read_config(text)
    yield from reads
    if not isinstance(config, dict):
        return
    for key in ("plugin", "plugins"):
        if plugins := config.get(key):
            yield f"plugins, code that runs at once: {listing(list(map(_package, _each(plugins))))}"
    if shell := config.get("shell"):
        yield f"the shell in which every command runs: {brief(spelt(shell))}"
    for name, server in _servers(config.get("mcp")):
        if command := server.get("command"):
            yield f"MCP server {brief(name)} runs: {brief(spelt(command))}"
        else:
            yield f"MCP server {brief(name)} at {brief(spelt(server.get('url', '?')))}"
    for name, tool in entries(config.get("formatter")):
        if command := tool.get("command"):
            yield f"formatter {brief(name)} runs: {brief(spelt(command))}"
    for name, provider in (*entries(config.get("provider")), *entries(config.get("providers"))):
        yield from _of_provider(name, provider)
    for key in ("permission", "permissions", "tools"):
        if rules := config.get(key):
            allow = " that allow things" if "allow" in json.dumps(rules) else ""
            yield f"permission rules{allow}: {brief(json.dumps(rules))}"
    for key in ("agent", "agents", "mode"):
        for name, agent in entries(config.get(key)):
            has_rules = any(agent.get(rules) for rules in ("permission", "permissions", "tools"))
            yield f"agent {brief(name)}{' with its own permissions' if has_rules else ''}"
    for key in ("command", "commands"):
        for name, command in entries(config.get(key)):
            runs = SHELL.findall(spelt(command.get("template", "")))
            yield f"command {brief(name)}" + (f" that runs: {listing(runs)}" if runs else "")
    for key in ("instructions", "skills", "references"):
        if config.get(key):
            yield f"{key}: {brief(json.dumps(config[key]))}"
    if rest := sorted(str(key) for key in config if key not in _SAID):
        yield f"settings: {listing(rest)}"


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _package(entry: object) -> str:
    if isinstance(entry, dict):
        entry = entry.get("package", entry)
    return spelt_names(entry)[0] if entry else ""


def _servers(value: object) -> list[tuple[str, dict[str, object]]]:
    """Return MCP servers by name; they stand in a map of their own, or as in 1.x beside it."""
    if not isinstance(value, dict):
        return []
    beside = {name: entry for name, entry in value.items() if name not in ("servers", "timeout")}
    return [*entries(value.get("servers")), *entries(beside)]


def _of_provider(name: str, provider: Mapping[str, object]) -> Iterator[str]:
    package = spelt(provider.get("package") or provider.get("npm") or "")
    if _CODE.match(package):
        yield f"provider {brief(name)} is code that runs at a prompt: {brief(package)}"
    elif package and not _OWN_PACKAGES.match(package):
        yield f"provider {brief(name)} is the npm package {brief(package)}"
    for key in ("settings", "options", "api"):
        options = provider.get(key)
        url = options.get("baseURL") or options.get("url") if isinstance(options, dict) else None
        if url:
            yield f"provider {brief(name)} sends prompts and the key to {brief(spelt(url))}"
