"""Imports run one way: each room knows only those before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import opencode_magic

PACKAGE = Path(opencode_magic.__file__).parent
ROOMS = (
    {
        "errors",
        "harmless",
        "versions",
        "redact",
        "patch",
        "limits",
        "jsonschemas",
        "characters",
        "git",
    },
    {"inserted", "shellline", "shelltext", "shellreach"},
    {"hands", "jsontext"},
    {"digits"},
    {"written"},
    {"schemas"},
    {"wire", "facts", "hunks"},
    {"events", "review"},
    {"transcript", "permissions", "realplaces"},
    {"render"},
    {"client", "stream", "fanout", "secrecy", "disk", "damage"},
    {
        "witness",
        "undoing",
        "files",
        "context",
        "ending",
        "record",
        "answering",
        "repository",
    },
    {"effects"},
    {"authorship"},
    {"edits"},
    {"rewind", "snapshots", "unrecorded"},
    {"opened"},
    {
        "history",
        "checks",
        "server",
        "sending",
        "marking",
        "naming",
        "destination",
        "undone",
        "past",
    },
    {"conversation"},
    {"asking"},
    {"mapping"},
    {"live", "kernel"},
    {"doctor"},
    {"assigning"},
    {"place", "options", "grammar", "transform", "waiting", "cells", "trial", "app", "watching"},
    {"guarding", "aftermath"},
    {"turns"},
    {"commands", "completion", "magics"},
    {"demo", "__main__"},
)
RANK = {name: rank for rank, names in enumerate(ROOMS) for name in names}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms a module imports when it is imported itself."""
    depth = len(path.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {name.partition(".")[0] for name in names if name}
    return found & set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=[str(p.relative_to(PACKAGE)) for p in MODULES])
def test_a_module_imports_only_rooms_before_its_own(path: Path) -> None:
    own = RANK[room(path)]
    assert {name for name in imported(path) if RANK[name] > own} == set()
