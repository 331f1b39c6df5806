"""Which versions can be driven."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import opencode_magic
from opencode_magic.errors import UnsupportedError
from opencode_magic.protocol.v1.versions import (
    CAPABILITIES,
    capabilities,
    check_version,
    degradations,
)
from opencode_magic.protocol.versions import PINNED, parse_version


@pytest.mark.parametrize(
    "version",
    ["1.1.65", "1.2.0", "1.2.27", "1.14.41", "1.15.13", PINNED, "v1.18.33", "1.19.0-beta.1"],
)
def test_a_version_that_streams_is_accepted(version: str) -> None:
    check_version(version)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("0.5.29", "too old"),
        ("1.0.185", "too old"),
        ("1.14.42", "event stream"),
        ("1.15.0", "event stream"),
        ("1.15.12", "event stream"),
        ("2.0.0", "2.x"),
        ("opencode v2.1.3", "2.x"),
        ("local", "cannot tell"),
        ("", "cannot tell"),
    ],
)
def test_another_is_refused_in_one_line_with_the_way_out(version: str, why: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        check_version(version)
    message = str(caught.value)
    assert why in message
    assert f"npm install -g opencode-ai@{PINNED}" in message
    assert "\n" not in message


def test_a_version_is_found_in_what_a_program_prints() -> None:
    assert parse_version("opencode v2.1.3") == (2, 1, 3)
    assert parse_version("1.18.33-beta+build") == (1, 18, 33)
    assert parse_version("127.0.0.1") is None
    assert parse_version("no version") is None


def test_what_a_version_lacks_is_known_and_what_a_user_notices_is_said() -> None:
    assert capabilities(PINNED) == capabilities("") == CAPABILITIES
    assert capabilities("1.2.27") == {"answer-form", "message-cursor", "message-delete", "undo"}
    assert capabilities("1.1.65") == {"answer-form"}
    assert capabilities("1.1.64") == frozenset()
    assert degradations(PINNED) == ""
    assert "rules for a session when it begins" in degradations("1.2.27")
    assert "older than 1.2" in degradations("1.1.65")


def pins(code: str) -> Iterator[str]:
    """The texts in a module that hold the pinned version, but for docstrings."""
    tree = ast.parse(code)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told and PINNED in str(node.value):
            yield str(node.value)


def test_the_version_is_pinned_in_one_place() -> None:
    package = Path(opencode_magic.__file__).parent
    modules = {path: list(pins(path.read_text("utf-8"))) for path in package.rglob("*.py")}
    assert [path.name for path, found in modules.items() if found] == ["versions.py"]
    assert list(pins(f'words = f"npm install opencode-ai@{PINNED}"'))


def test_the_documentation_names_the_version_that_is_pinned() -> None:
    root = Path(opencode_magic.__file__).parent.parent
    files = [root / "README.md", *(root / "notebooks").glob("*.ipynb")]
    named = {v for f in files for v in re.findall(r"\b1\.18\.\d+", f.read_text("utf-8"))}
    assert named == {PINNED}
