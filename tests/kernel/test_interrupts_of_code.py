"""Code that interrupts itself is not told as stopped by the user; what the user does is."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from opencode_magic.ipython.cells import Cells, CodeError
from opencode_magic.ipython.watch import Watch
from opencode_magic.kernel.queue import Desk, ToolAnswer
from opencode_magic.kernel.running import StoppedError, run
from opencode_magic.kernel.tools_server import LivingKernel

BY_CODE = {
    "raised": "raise KeyboardInterrupt",
    "raised with words": "raise KeyboardInterrupt('enough')",
    "a subclass": "class Mine(KeyboardInterrupt): pass\nraise Mine",
    "raised in a function that is called": "def f(): raise KeyboardInterrupt\nf()",
    "raised from another": "try: 1 / 0\nexcept Exception as e: raise KeyboardInterrupt from e",
    "a signal": "import signal; signal.raise_signal(signal.SIGINT)",
    "a signal by its process": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "a signal by its group": "import os; os.killpg(0, 2) if os.getpgid(0) == os.getpid() else "
    "os.kill(os.getpid(), 2)",
    "a signal by its thread": "import signal, threading as t\n"
    "signal.pthread_kill(t.main_thread().ident, 2)",
    "main is interrupted": "import _thread, time; _thread.interrupt_main(); time.sleep(60)",
    "main is interrupted by a timer": "import _thread, threading, time\n"
    "threading.Timer(0.05, lambda: _thread.interrupt_main()).start()\nwhile True: time.sleep(0.01)",
    "an alarm": "import signal\ndef ring(*_): raise KeyboardInterrupt\n"
    "before = signal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
    "try:\n    while True: pass\nfinally: signal.signal(signal.SIGALRM, before)",
}
OTHERS = {
    "an exit": "raise SystemExit(3)",
    "the end of a generator": "raise GeneratorExit",
    "a task that was cancelled": "import asyncio; raise asyncio.CancelledError",
    "a base of one's own": "class Mine(BaseException): pass\nraise Mine",
    "an error without words": "class E(Exception):\n    def __str__(self): 1 / 0\nraise E",
}
CATCHES = {
    "left alone": "while True: pass",
    "caught": "try:\n    while True: pass\nexcept KeyboardInterrupt: pass",
    "made another": "try:\n    while True: pass\nexcept KeyboardInterrupt: raise ValueError",
    "made an exit": "try:\n    while True: pass\nexcept KeyboardInterrupt: raise SystemExit",
    "caught, then raised by the code": "try:\n    while True: pass\n"
    "except KeyboardInterrupt: pass\nraise KeyboardInterrupt",
}


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    before = signal.getsignal(signal.SIGINT), os.kill, signal.raise_signal
    yield shell
    assert (signal.getsignal(signal.SIGINT), os.kill, signal.raise_signal) == before


def never() -> bool:
    return False


@pytest.mark.parametrize("member", BY_CODE)
def test_code_that_interrupts_itself_has_failed(shell: InteractiveShell, member: str) -> None:
    answer = run(shell, BY_CODE[member], never)
    assert answer.failed
    assert "the user has not stopped it" in answer.text
    assert "The user stopped it" not in answer.text


@pytest.mark.parametrize("member", OTHERS)
def test_what_else_ends_code_has_failed(shell: InteractiveShell, member: str) -> None:
    answer = run(shell, OTHERS[member], never)
    assert answer.failed
    assert "stopped" not in answer.text


@pytest.mark.parametrize("member", CATCHES)
@pytest.mark.parametrize("how", ["Stop", "an interrupt"])
def test_what_the_user_stops_is_stopped_whatever_the_code_makes_of_it(
    shell: InteractiveShell, member: str, how: str
) -> None:
    begun = threading.Event()
    shell.user_ns["begun"] = begun

    def strike() -> None:
        begun.wait(10)
        # As a front end does: from another process.
        subprocess.run(["kill", "-INT", str(os.getpid())], check=True)

    if how == "an interrupt":
        threading.Thread(target=strike).start()
    with pytest.raises(StoppedError) as stopped:
        run(shell, f"begun.set()\n{CATCHES[member]}", begun.is_set if how == "Stop" else never)
    assert "The user stopped it" in stopped.value.answer.text


def test_code_that_interrupts_itself_and_then_the_user(shell: InteractiveShell) -> None:
    begun = threading.Event()
    shell.user_ns["begun"] = begun
    code = "import signal\ntry: signal.raise_signal(2)\nexcept KeyboardInterrupt: pass\n"
    with pytest.raises(StoppedError):
        run(shell, f"{code}begun.set()\nwhile True: pass", begun.is_set)


@pytest.mark.parametrize("member", BY_CODE)
def test_a_block_that_interrupts_itself_has_failed(shell: InteractiveShell, member: str) -> None:
    cells = Cells(shell)
    with pytest.raises(CodeError, match="the block failed with"):
        cells.run(BY_CODE[member])
    cells.close()


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_a_tool_that_meets_one_in_a_value_does_not_end_the_turn(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    def use(*_: object) -> ToolAnswer:
        raise eval(error)

    monkeypatch.setattr("opencode_magic.kernel.tools_server.use", use)
    living = LivingKernel(shell, Watch(shell).notebook, str)
    desk: Desk = living._desk
    with living.turn():
        answer = desk.put("list_variables", {})
        living.permit(f"{living.name}_list_variables", "call", {})
        living.serve(never)
    assert answer.result(0) == ToolAnswer(f"The tool failed: {error}", failed=True)
