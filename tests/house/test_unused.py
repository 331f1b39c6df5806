"""What is defined in the package is used in it: code that only tests call is no code of ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .walking import PACKAGE, modules, tree

OTHERS_CALL = {
    "load_ipython_extension": "IPython",
    "unload_ipython_extension": "IPython",
    "write_stations": "notebooks/data_project.ipynb",
    "do_GET": "http.server",
    "do_POST": "http.server",
    "log_message": "http.server",
    "another": "who wants a second client of the same server",
    "transform": "IPython's prefilter",
    "writelines": "who prints to a stream",
    "_repr_html_": "IPython",
    "reference_markdown": "who writes the reference, and the test that it is up to date",
}
"""By whom, where it is none of us."""
RENDERED = re.compile(r"(code|link|heading|th|td)_(inline|block|open|close)")
"""Methods that markdown-it calls by the name of a token."""


def defined(root: Path) -> Iterator[tuple[str, str]]:
    """The functions, classes, methods and constants, and where each stands; decorated ones not.

    A decorator may hand on what it is given: a command, an operation, a describer.
    """
    for where, path in modules(root).items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                kept = [ast.unparse(each).partition("(")[0] for each in node.decorator_list]
                if not {*kept} - {"property", "cached_property", "staticmethod", "classmethod"} or (
                    isinstance(node, ast.ClassDef)
                ):
                    yield node.name, where
        for node in tree(path).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            yield from ((each.id, where) for each in targets if isinstance(each, ast.Name))


def used(root: Path) -> set[str]:
    """Every name that is read somewhere, in annotations written as strings, too."""
    found = set()
    for path in modules(root).values():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"\w+", node.value) if len(node.value) < 60 else ())
    return found


def unused(root: Path) -> set[str]:
    """The names that are defined, and read nowhere."""
    read = used(root)
    return {
        name
        for name, _ in defined(root)
        if name not in read and not name.startswith("__") and not RENDERED.fullmatch(name)
    }


def test_what_is_defined_is_used() -> None:
    assert unused(PACKAGE) - set(OTHERS_CALL) == set()


def test_planted_ones_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "LIMIT = 3\n"
        "def helper(): ...\n"
        "class Thing:\n"
        "    @property\n"
        "    def size(self): ...\n"
        "    @operation('GET /x')\n"
        "    def get(self): ...\n"
    )
    assert unused(tmp_path) == {"LIMIT", "helper", "Thing", "size"}
    (tmp_path / "two.py").write_text("print(LIMIT, helper(), Thing().size)")
    assert unused(tmp_path) == set()
