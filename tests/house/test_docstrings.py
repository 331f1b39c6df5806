"""What is public says what it does: a summary line, and on the public surface its parameters."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import opencode_magic
from opencode_magic.client import Client
from opencode_magic.protocol.resource import Resource
from opencode_magic.protocol.v1.messages import Messages1

from .walking import PACKAGE, modules, tree

Node = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def undescribed(root: Path) -> Iterator[str]:
    """The public modules, classes, functions and methods without a summary line.

    A method that overrides a described one of a base class in the package inherits its words, as
    `inspect.getdoc` finds them.
    """
    bases: dict[str, list[str]] = {}
    said: set[tuple[str, str]] = set()
    nodes = (node for path in modules(root).values() for node in ast.walk(tree(path)))
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            names = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
            bases[node.name] = [name for name in names if name != node.name]
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            said |= {(node.name, each.name) for each in methods if _is_described(each)}

    def inherits(kind: str, method: str) -> bool:
        above = bases.get(kind, [])
        return any((base, method) in said or inherits(base, method) for base in above)

    for name, path in modules(root).items():
        found: list[tuple[str, Node]] = [(name, tree(path))]
        while found:
            where, thing = found.pop()
            kind, _, method = where.rpartition(": ")
            if not _is_described(thing) and not inherits(kind.rpartition(": ")[2], method):
                yield where
            if isinstance(thing, ast.Module | ast.ClassDef):
                found += [
                    (f"{where}: {each.name}", each)
                    for each in thing.body
                    if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                    and not each.name.startswith("_")
                    and "overload" not in map(ast.unparse, each.decorator_list)
                ]


def _is_described(node: Node) -> bool:
    first = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return re.search(r"[.:?!)`]$", first) is not None


def surface() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of the public surface: of `__all__`, and of the client's namespaces."""
    kinds = [getattr(opencode_magic, name) for name in opencode_magic.__all__]
    kinds += Resource.__subclasses__() + Messages1.__subclasses__()
    for kind in dict.fromkeys([*kinds, Client]):
        if inspect.isfunction(kind):
            yield kind.__name__, kind
            continue
        for name, function in vars(kind).items():
            if inspect.isfunction(function) and not name.startswith("_"):
                yield f"{kind.__name__}.{name}", function


def untold(function: Callable[..., Any]) -> list[str]:
    """The parameters that a function's docstring does not name."""
    text = inspect.getdoc(function) or ""
    names = [n for n in inspect.signature(function).parameters if n not in ("self", "cls")]
    # By a word in backticks, or by a heading of one or several: `model, agent:`.
    told = {
        name
        for words in re.findall(r"`(\w+)[^`]*`|^([\w*, ]+):$", text, re.MULTILINE)
        for name in re.findall(r"\w+", " ".join(words))
    }
    return [name for name in names if name not in told]


def test_every_public_thing_has_a_summary_line() -> None:
    assert list(undescribed(PACKAGE)) == []


def test_the_public_surface_tells_its_parameters() -> None:
    found = {name: names for name, function in surface() if (names := untold(function))}
    assert found == {}


def test_planted_ones_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        '"""A module."""\ndef told():\n    """Say it."""\ndef silent(): ...\n'
        'class Thing:\n    """A thing."""\n    def part(self): ...\n    def _own(self): ...\n'
    )
    (tmp_path / "two.py").write_text(
        '"""Another."""\nfrom . import one\n'
        'class Base:\n    """A base."""\n    def said(self):\n        """Say it."""\n'
        'class Middle(Base):\n    """One between."""\n'
        'class Last(Middle, one.Thing):\n    """The last."""\n'
        "    def said(self): ...\n    def part(self): ...\n"
    )
    assert sorted(undescribed(tmp_path)) == [
        "one.py: Thing: part",
        "one.py: silent",
        "two.py: Last: part",
    ]

    def one(text: str, *, count: int) -> None:
        """Say `text`."""

    assert untold(one) == ["count"]
