"""No module and no class is too long to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

from .walking import PACKAGE, modules, tree

MOST_LINES = 400
MOST_OF_A_CLASS = 300


def too_long(root: Path) -> set[str]:
    """The modules and classes that are longer than they may be."""
    found = set()
    for name, path in modules(root).items():
        if path.read_text("utf-8").count("\n") > MOST_LINES:
            found.add(name)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and _lines(node) > MOST_OF_A_CLASS:
                found.add(f"{name}: {node.name}")
    return found


def _lines(node: ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_nothing_is_too_long() -> None:
    assert too_long(PACKAGE) == set()


def test_planted_ones_are_found(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("x = 1\n" * MOST_LINES)
    (tmp_path / "long.py").write_text("x = 1\n" * (MOST_LINES + 1))
    body = "    x = 1\n" * (MOST_OF_A_CLASS - 1)
    (tmp_path / "classes.py").write_text(f"class Short:\n{body}")
    assert too_long(tmp_path) == {"long.py"}
    (tmp_path / "more.py").write_text(f"class Long:\n{body}    y = 2\n")
    assert too_long(tmp_path) == {"long.py", "more.py: Long"}
