"""Imports run one way: each room knows only those to its left, and no modules form a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import opencode_magic

PACKAGE = Path(opencode_magic.__file__).parent
NAME = PACKAGE.name

# Rooms between two bars stand side by side and do not know each other.
HOUSE = """
errors signals | text disk | answer | model | policy changes | protocol | client | render |
context server | traces | turns files | kernel trial | live | app | api | doctor | commands |
ipython | __init__ | demo | __main__
"""
FLOOR = {room: n for n, floor in enumerate(HOUSE.split("|")) for room in floor.split()}

ALONE = ("supervise.py",)
"""Runs as a script, in a process of its own."""


def modules(root: Path) -> dict[str, Path]:
    """Every module below a folder by its dotted name, that of a package for its `__init__`."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join((NAME, *parts)).removesuffix(".__init__")] = path
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[tuple[str, int]]:
    """What of ours a module imports anywhere in it, also late or for types alone, and the line."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((a.name, node.lineno) for a in node.names if a.name in known)
        if not isinstance(node, ast.ImportFrom):
            continue
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join((*(above if node.level else ()), *filter(None, [node.module])))
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            if inner in known:
                yield inner, node.lineno
            elif base in known:
                yield base, node.lineno


def room(module: str) -> str:
    return (*module.split("."), "__init__")[1]


def wrong_arrows(root: Path) -> list[str]:
    """The imports that do not lead to the left."""
    known = modules(root)
    return [
        f"{name}:{line} imports {target}"
        for name, path in known.items()
        for target, line in imports(name, path, known)
        if room(name) != room(target) and FLOOR[room(target)] >= FLOOR[room(name)]
    ]


def circle(root: Path) -> list[str]:
    """Modules that import each other in a circle; none where there is no such circle."""
    known = modules(root)
    arrows = {n: {t for t, _ in imports(n, p, known) if t != n} for n, p in known.items()}
    while True:
        imported = set().union(*arrows.values())
        outside = [n for n, found in arrows.items() if n not in imported or not found & {*arrows}]
        if not outside:
            break
        for name in outside:
            del arrows[name]
    return sorted(arrows)


def test_every_room_has_its_floor() -> None:
    assert {room(name) for name in modules(PACKAGE)} == set(FLOOR)


def test_a_room_knows_only_those_to_its_left() -> None:
    assert wrong_arrows(PACKAGE) == []


def test_no_modules_form_a_circle() -> None:
    assert circle(PACKAGE) == []


@pytest.mark.parametrize(
    "code",
    [
        "from ..render import blocks",
        "from ..render.blocks import Block",
        "def late():\n    from ..render.blocks import Block",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..render import blocks",
        f"import {NAME}.render.blocks",
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, code: str) -> None:
    for folder in ("model", "render"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "render" / "blocks.py").write_text("Block = int")
    (tmp_path / "model" / "turn.py").write_text(code)
    assert len(wrong_arrows(tmp_path)) == 1


def test_a_planted_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").touch()
    (tmp_path / "model" / "one.py").write_text("def late():\n    from .two import b")
    (tmp_path / "model" / "two.py").write_text("from .one import a")
    assert [name.rpartition(".")[2] for name in circle(tmp_path)] == ["one", "two"]
