"""What only a server's protocol knows stands in `protocol`: routes, spellings, ids, event names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.protocol.v1 import codec, events
from tests.house.test_layers import PACKAGE, imports, modules

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
ROUTE = re.compile(r"/(session|event|global|instance|experimental|api)(/|$)")
WIRE_KEY = re.compile(r"\b[a-z]+ID\b")
ID = re.compile(r"(^|_)id$")
ID_SHAPE = re.compile(r"(ses|msg|prt|per|que)_?$")
NAMES = {*events._READERS, *codec.PART_TYPES, *codec.ERROR_KINDS} - {
    *("text", "reasoning", "tool", "patch", "file", "agent", "subtask", "compaction"),  # words
}
"""Spellings of the server that are no plain words."""
OUR_NAMES = ("opencode_magic.model.events", "opencode_magic.commands.server")
"""Events have names of our own, spelled as OpenCode 1 does; the user of `/api` names a method."""
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
PYTHON_NAMES = "calls"
"""The argument of a command's decorator that names methods of the client, as `session.diff`."""


def _is_id(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(ID.search(name))


def _not_looked_at(tree: ast.Module) -> set[ast.AST]:
    """Docstrings, and what names the client's methods."""
    left: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(node.value)
        if isinstance(node, ast.keyword) and node.arg == PYTHON_NAMES:
            left.update(ast.walk(node))
    return left


def known_of_the_server(tree: ast.Module, *, ours: bool = False) -> Iterator[tuple[int, str]]:
    """What a module knows of the server's protocol: the line, and the words.

    `ours`: it gives things names of our own, which may be spelled alike.
    """
    left = _not_looked_at(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if node not in left:
                if ROUTE.match(text) or (text in METHODS and not ours):
                    yield node.lineno, f"a route: {text}"
                if WIRE_KEY.search(text):
                    yield node.lineno, f"a spelling: {text}"
                if text in NAMES and not ours:
                    yield node.lineno, f"a name: {text}"
            case ast.Compare(ops=ops) if any(isinstance(op, ORDERED) for op in ops):
                if any(map(_is_id, (node.left, *node.comparators))):
                    yield node.lineno, "ids have an order"
            case ast.Call(func=ast.Attribute(attr="startswith"), args=[ast.Constant(value=start)]):
                if isinstance(start, str) and ID_SHAPE.match(start):
                    yield node.lineno, f"an id's shape: {start}"
            case ast.Call(func=ast.Name(id="max" | "min" | "sorted")):
                if any(_is_id(n) for a in node.args for n in _elements(a)):
                    yield node.lineno, "ids have an order"
            case ast.keyword(arg="key", value=ast.Lambda(body=body)) if _is_id(body):
                yield body.lineno, "ids have an order"


def _elements(node: ast.expr) -> list[ast.expr]:
    return [node.elt] if isinstance(node, ast.GeneratorExp | ast.ListComp) else [node]


def outside(root: Path) -> Iterator[tuple[str, Path]]:
    known = modules(root)
    return ((n, p) for n, p in known.items() if n.split(".")[1:2] != ["protocol"])


def test_nothing_outside_of_protocol_knows_the_servers_words() -> None:
    found = [
        f"{name}:{line} {words}"
        for name, path in outside(PACKAGE)
        for line, words in known_of_the_server(
            ast.parse(path.read_text("utf-8")), ours=name in OUR_NAMES
        )
    ]
    assert found == []


def test_nothing_outside_of_protocol_imports_one_protocol() -> None:
    known = modules(PACKAGE)
    found = [
        f"{name}:{line}"
        for name, path in outside(PACKAGE)
        for target, line in imports(name, path, known)
        if re.match(r"\w+\.protocol\.v\d", target)
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        'client.call("GET", path, object)',
        'path = f"/session/{id}/message"',
        'ROUTES = ("/event",)',
        'body["messageID"]',
        'event.type == "session.idle"',
        'part["type"] == "step-start"',
        'error.name == "MessageAbortedError"',
        "[m for m in messages if m.info.id > newest_id]",
        "start <= m.info.id < end",
        'wanted.startswith("ses_")',
        "max((m.info.id for m in messages), default='')",
        "sorted(parts, key=lambda p: p.id)",
    ],
)
def test_a_planted_violation_is_found(planted: str) -> None:
    assert list(known_of_the_server(ast.parse(planted)))


@pytest.mark.parametrize(
    "fine",
    [
        '"""One of `GET /session`, with its messageID."""',
        '@command(calls=("session.diff",))\ndef diff(): ...',
        "m.info.order > after",
        "found.id == wanted_id",
        'raise InputError("/sessions: limit is 1 or more")',
    ],
)
def test_our_own_words_are_no_violation(fine: str) -> None:
    assert list(known_of_the_server(ast.parse(fine))) == []
