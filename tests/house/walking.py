"""The package's modules as syntax trees, for the tests of the house."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import opencode_magic

PACKAGE = Path(opencode_magic.__file__).parent


@cache
def tree(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def modules(root: Path = PACKAGE) -> dict[str, Path]:
    """Every module below a folder, by its path as it is written: `model/turn.py`."""
    return {str(path.relative_to(root)): path for path in sorted(root.rglob("*.py"))}
