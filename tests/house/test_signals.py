"""Who takes signals: one module for the process of the user, and three programs of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import opencode_magic

PACKAGE = Path(opencode_magic.__file__).parent
TAKES = ("signal.signal", "signal.setitimer", "signal.pthread_kill")
THEIRS = {
    "signals.py": "the user's process",
    "server/supervise.py": "a program that watches the server",
    "trial/child.py": "a copy of the kernel",
    "demo/lab.py": "the demo, which a kill must end politely",
}


def takers(root: Path) -> Iterator[str]:
    """The modules that put a handler in place, set a timer, or strike a thread."""
    for path in sorted(root.rglob("*.py")):
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        if any(ast.unparse(call.func) in TAKES for call in calls):
            yield path.relative_to(root).as_posix()


def test_signals_are_taken_in_one_place() -> None:
    assert sorted(takers(PACKAGE)) == sorted(THEIRS)


@pytest.mark.parametrize("call", TAKES)
def test_a_planted_taker_is_found(tmp_path: Path, call: str) -> None:
    (tmp_path / "pager.py").write_text(f"def page():\n    {call}(signal.SIGINT, None)\n")
    assert list(takers(tmp_path)) == ["pager.py"]
