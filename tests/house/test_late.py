"""An import inside a function says why it stands there and not at the top."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from .walking import PACKAGE, modules, tree


def blocks(path: Path) -> Iterator[tuple[int, int]]:
    """The first and last line of the imports inside functions, those in a row as one."""
    nodes = {
        (node.lineno, node.end_lineno or node.lineno)
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    held: tuple[int, int] | None = None
    for first, last in sorted(nodes):
        if held and first == held[1] + 1:
            held = (held[0], last)
            continue
        if held:
            yield held
        held = (first, last)
    if held:
        yield held


def silent(root: Path) -> list[str]:
    """The late imports without a comment on one of their lines or the line above."""
    found = []
    for name, path in modules(root).items():
        lines = path.read_text("utf-8").splitlines()
        for first, last in blocks(path):
            if not any("#" in line for line in lines[first - 2 : last]):
                found.append(f"{name}:{first}")
    return found


def test_late_imports_say_why() -> None:
    assert list(silent(PACKAGE)) == []


def test_planted_ones_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "import os\n"
        "def late():\n"
        "    import json\n"
        "\n"
        "    # Late: it is heavy.\n"
        "    import rich\n"
        "    import sys\n"
        "\n"
        "    import re  # late: seldom needed\n"
    )
    assert silent(tmp_path) == ["one.py:3"]
