"""A public class name stands once in the package, so that it means one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from .walking import PACKAGE, modules, tree


def doubled(root: Path) -> dict[str, list[str]]:
    """The names of public classes that are defined in several modules, and where."""
    found = defaultdict(list)
    for name, path in modules(root).items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(name)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_public_class_name_stands_twice() -> None:
    assert doubled(PACKAGE) == {}


def test_a_planted_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Table: ...\nclass _Row: ...")
    (tmp_path / "two.py").write_text("class Table: ...\nclass _Row: ...")
    assert doubled(tmp_path) == {"Table": ["one.py", "two.py"]}
