"""What the package promises to keep: its public names."""

from __future__ import annotations

import re
from pathlib import Path

import opencode_magic
from opencode_magic import errors


def test_each_public_name_is_there_and_told() -> None:
    for name in opencode_magic.__all__:
        assert getattr(opencode_magic, name).__name__ == name
    assert set(opencode_magic.__all__) < set(dir(opencode_magic))
    assert all(hasattr(opencode_magic, name) for name in dir(opencode_magic))


def test_every_error_is_public() -> None:
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.OpencodeError)
    }
    assert kinds < set(opencode_magic.__all__)


def test_no_other_name_is_there() -> None:
    assert not hasattr(opencode_magic, "Anything")


def test_the_version_is_written_once() -> None:
    package = Path(opencode_magic.__file__).parent
    written = re.escape(opencode_magic.__version__)
    files = [*package.rglob("*.py"), package.parent / "pyproject.toml"]
    places = [p.name for p in files if re.search(rf"[\"']{written}[\"']", p.read_text("utf-8"))]
    assert places == ["__init__.py"]
