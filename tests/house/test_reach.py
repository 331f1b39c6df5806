"""What a module may reach into: nobody's private names, and the app through its methods alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from .test_layers import PACKAGE, imports, modules

PRIVATE = "private.py"
"""In files of this name whatever is touched is told with its reason."""
ELSEWHERE = {
    # Of values that are described, not of the notebook around them.
    "context/labelled.py",
    "context/lazies.py",
}
"""Where else names are touched that their owners keep to themselves."""

DOCUMENTED = {"_replace", "_asdict", "_fields", "_exit", "_getframe", "_set_running_loop"}
"""Names of the standard library that begin so and are for everybody."""
_PROTOCOL = re.compile(r"__\w+__|_repr_\w+_|_render_traceback_|_ipython_\w+_")

CHANGED_BY_METHODS = {"app", "_app", "made_app"}
"""Names an `App` goes by."""


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _root(node: ast.expr) -> str:
    """The first name of a chain: `a` of `a.b[0].c()`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names_in(node: ast.expr) -> set[str]:
    """The names a target reaches through: `self` and `_app` of `self._app.session`."""
    found = set()
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
        found |= {node.attr} if isinstance(node, ast.Attribute) else set()
    return found | {_root(node)}


@cache
def own_names(path: Path) -> set[str]:
    """The private names a module defines: functions, and attributes of its own objects."""
    found = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node.value, ast.Name) and node.value.id == "self":
                found.add(node.attr)
    return found


def _touched(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The private names that are asked of another object, in a dot or by `getattr` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner, name = node.value, node.attr
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "setattr", "hasattr", "delattr")
            and isinstance(node.args[1], ast.Constant)
        ):
            owner, name = node.args[0], str(node.args[1].value)
        else:
            continue
        is_own = isinstance(owner, ast.Name) and owner.id in ("self", "cls")
        if name.startswith("_") and not _PROTOCOL.fullmatch(name) and not is_own:
            yield name, node.lineno


def _known_names(name: str, known: Mapping[str, Path]) -> set[str]:
    """The private names of a module and of those it imports, also through a package's door."""
    near = {target for target, _ in imports(name, known[name], known)}
    doors = {target for target in near if known[target].name == "__init__.py"}
    behind = {target for door in doors for target, _ in imports(door, known[door], known)}
    return set().union(*(own_names(known[module]) for module in {name, *near, *behind}))


def private_touches(root: Path) -> list[str]:
    """Where other modules touch what is private to somebody else's objects."""
    known = modules(root)
    return [
        f"{path.relative_to(root)}:{line} touches {touched}"
        for name, path in known.items()
        if path.name != PRIVATE and path.relative_to(root).as_posix() not in ELSEWHERE
        for touched, line in _touched(_tree(path))
        if touched not in DOCUMENTED and touched not in _known_names(name, known)
    ]


def assignments(root: Path) -> list[str]:
    """Where commands, the magics or a surface assign to a field of the app or of what hangs on it.

    A command may assign to nothing that was handed to it, whatever it is called there.
    """
    found = []
    for room in ("commands", "ipython", "live"):
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(_tree(path)):
                if not isinstance(node, ast.Attribute | ast.Subscript):
                    continue
                if not isinstance(node.ctx, ast.Store | ast.Del):
                    continue
                of_the_app = _names_in(node) & CHANGED_BY_METHODS
                handed = room == "commands" and isinstance(node, ast.Attribute)
                if of_the_app or (handed and _root(node) != "self"):
                    found.append(f"{path.relative_to(root)}:{node.lineno} {ast.unparse(node)}")
    return found


def test_nobody_touches_what_is_private_to_others() -> None:
    assert private_touches(PACKAGE) == []


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_no_more_is_excepted_than_needs_it(name: str) -> None:
    assert any(_touched(_tree(PACKAGE / name)))


def test_the_app_is_changed_by_its_methods() -> None:
    assert assignments(PACKAGE) == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(shell):\n    return shell._inspector",
        "def f(kernel):\n    return getattr(kernel, '_allow_stdin', True)",
        "def f(kernel):\n    kernel.session._closed = True",
        "from ipykernel import comm\ncomm._default",
        "import threading\nclass A:\n    def f(self):\n        return self.thread._started",
    ],
)
def test_a_planted_touch_is_found(tmp_path: Path, code: str) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "__init__.py").touch()
    (tmp_path / "live" / "drawn.py").write_text(code)
    assert len(private_touches(tmp_path)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "app.session = None",
        "app.settings.model = 'a/b'",
        "self._app.last_turn = turn",
        "app.bound['ses_1'] = 'build'",
        "del app.undone['ses_1']",
        "app.policy.mode += 'x'",
        "app.session, found = found, None",
        "offering = app.offering\noffering.shared = True",
    ],
)
def test_a_planted_assignment_is_found(tmp_path: Path, code: str) -> None:
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "rules.py").write_text(code)
    assert len(assignments(tmp_path)) == 1
