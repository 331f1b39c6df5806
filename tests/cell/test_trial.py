"""Code that `/fix` tries in a real kernel: the notebook, its page and its files are not reached."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cell.cells import LOAD
from tests.cell.kernels import Kernel
from tests.harness.machine import make_machine

MADE = """\
import os, sys, logging, ipywidgets
from functools import lru_cache, partial
log = []
class Account:
    seen = []
    def pay(self, n): log.append(n); self.seen.append(n)
account = Account()
pay = lru_cache(partial(account.pay))
slider = ipywidgets.IntSlider(1)
out, shell = sys.stdout, get_ipython()
logging.basicConfig(stream=sys.stderr)
opened = open("notes.txt"); opened.read(3);"""
SEEN = """\
print("SEEN", log, Account.seen, slider.value, os.getcwd(), opened.tell(), "made" in dir(),
      shell.payload_manager.read_payload(), "CHANGED" in os.environ, open("notes.txt").read())"""
RUNS = "runs now; tried in a copy of this kernel"
PROPOSALS = {
    "account.pay(5); 1": RUNS,
    "pay(5)": RUNS,
    "made = 1; os.chdir('/'); os.environ['CHANGED'] = '1'": RUNS,
    "slider.value = 7; display(slider); ipywidgets.IntSlider()": RUNS,
    "print('PRINTED'); out.write('PRINTED'); out.flush(); os.write(1, b'PRINTED')": RUNS,
    "logging.error('PRINTED'); sys.stderr.write('PRINTED'); display('PRINTED')": RUNS,
    "shell.set_next_input('x'); shell.run_cell('print(\"PRINTED\"); log.append(1)')": RUNS,
    "shell.kernel.session.send(shell.kernel.iopub_socket, 'stream', {'text': 'PRINTED'})": RUNS,
    "from IPython.display import update_display, clear_output; clear_output()": RUNS,
    "exit()": RUNS,
    "opened.read()": RUNS,
    "input('PRINTED')": "it would ask for input",
    "shell.kernel.raw_input('PRINTED')": "it would ask for input",
    "import asyncio; asyncio.run(asyncio.sleep(0))": "cannot be called from a running event loop",
    "shell.kernel.iopub_thread.socket.send(b'PRINTED')": RUNS,
    "open('notes.txt', 'w')": "it would write to notes.txt",
    "import os; os.kill(os.getppid(), 9)": "it would send a signal to process",
}  # fmt: skip


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    machine = make_machine(tmp_path_factory.mktemp("trial") / "machine")
    folder = machine.folder("project", {"notes.txt": "one two"})
    kernel = Kernel(machine, folder)
    kernel.run(f"{LOAD}\n%opencode /help")
    kernel.run(MADE)
    yield kernel
    kernel.close()


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_the_notebook_is_as_it_was(kernel: Kernel, proposal: str) -> None:
    before = kernel.run(SEEN)
    assert "SEEN []" in before
    told = kernel.run(
        "from opencode_magic.answer.notebook import hands\n"
        f"print(hands('try').try_out({proposal!r}).words)"
    )
    assert PROPOSALS[proposal] in told
    shown = [json.loads(line) for line in told.splitlines()]
    assert not [each for each in shown if "PRINTED" in json.dumps({**each, "code": ""})]
    assert seen(kernel.run(SEEN)) == seen(before)


def seen(told: str) -> str:
    return next(line for line in told.splitlines() if "SEEN" in line and '"code"' not in line)
