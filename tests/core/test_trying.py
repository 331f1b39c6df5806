"""Code is tried on a copy: the notebook's own variables stay as they are."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import pytest

from opencode_magic.trying import try_out


def notebook(source: str) -> dict[str, Any]:
    """A namespace in which that has run."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source, names)
    return names


def test_the_notebook_stays_as_it_is() -> None:
    names = notebook("items = [1, {'a': []}]\nn = 1\ndef more():\n    global n\n    n += 1\n")
    trial = try_out("items[1]['a'].append(2); more(); assert n == 2; made = 1", names)
    assert trial.words == "runs now; tried on a copy of your variables"
    assert names["items"] == [1, {"a": []}]
    assert names["n"] == 1
    assert "made" not in names


def test_two_names_of_one_value_are_one_in_the_copy_too() -> None:
    assert try_out("a.append(1); assert b == [1]", notebook("a = []; b = a")).state == "runs"


def test_what_cannot_be_copied_is_named() -> None:
    names = notebook("import threading\nlock = threading.Lock()\nn = 1")
    trial = try_out("assert lock", names)
    assert trial.shared == ("lock",)
    assert "no copies: lock" in trial.words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", "still fails: ZeroDivisionError: division by zero"),
        ("def", "still fails: SyntaxError"),
        ("raise SystemExit(3)", "still fails: it exits (3)"),
        ("raise ValueError", "still fails: ValueError;"),
    ],
)
def test_failures_are_told(code: str, words: str) -> None:
    assert words in try_out(code, {}).words


@pytest.mark.parametrize(
    "code",
    ["while True: pass", "try:\n    while True: pass\nexcept Exception:\n    while True: pass"],
)
def test_a_runaway_is_stopped_by_the_clock(code: str) -> None:
    assert try_out(code, {}, limit_s=0.2).words.startswith("was stopped after 0.2 s")


def test_a_runaway_is_stopped_by_an_interrupt() -> None:
    started = threading.Event()  # cannot be copied: it is the same one

    def strike() -> None:
        started.wait(10)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=strike)
    thread.start()
    began = time.monotonic()
    trial = try_out("started.set()\nwhile True: pass", {"started": started})
    thread.join()
    assert trial.state == "stopped"
    assert time.monotonic() - began < 15
