"""Code is tried in a copy of the process: nothing of the user's is reached, and words say so."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from opencode_magic.answer.trial import Trial
from opencode_magic.ipython.cells import Cells
from opencode_magic.trial import trying

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a copy is kept apart on Linux")

RUNS = "runs now; tried in a copy of this kernel"

TryOut = Callable[[str], Trial]


@pytest.fixture
def shell(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    """A shell that works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    history = tmp_path_factory.mktemp("history") / "history.sqlite"
    shell = InteractiveShell(config=Config({"HistoryManager": {"hist_file": str(history)}}))
    shell.run_cell("import os, sys")
    yield shell
    shell.history_manager.end_session()


@pytest.fixture
def try_out(shell: InteractiveShell) -> Iterator[TryOut]:
    cells = Cells(shell)
    yield cells.try_out
    cells.close()


def value(shell: InteractiveShell, expression: str) -> str:
    return repr(eval(expression, shell.user_ns))


REACHED = {
    "a method that uses a global": (
        "log = []\nclass A:\n    def pay(self, n): log.append(n)\na = A()", "a.pay(5)", "log"),
    "a decorated function": (
        "log = []\ndef d(f): return lambda *x: f(*x)\n@d\ndef add(n): log.append(n)",
        "add(1)", "log"),
    "a cached function": (
        "import functools\nlog = []\n@functools.lru_cache\ndef add(n): log.append(n)", "add(1)",
        "log, add.cache_info()"),
    "a cache that is cleared": (
        "import functools\n@functools.cache\ndef f(n): return n\nf(1)", "f.cache_clear()",
        "f.cache_info()"),
    "a partial": (
        "from functools import partial\nlog = []\np = partial(log.append, 1)", "p()", "log"),
    "a bound method": ("log = []\nadd = log.append", "add(1)", "log"),
    "a function in a list": (
        "log = []\ndef add(n): log.append(n)\nall_ = [add, {'f': add}]", "all_[1]['f'](1)",
        "log"),
    "an attribute of a class": ("class A: seen = []", "A.seen.append(1); A.n = 2",
                                "vars(A).keys(), A.seen"),
    "a mutable default": ("def f(n, seen=[]): seen.append(n)", "f(1)", "f.__defaults__"),
    "a closure": (
        "def make():\n    n = [0]\n    def f(): n[0] += 1\n    f.n = n\n    return f\nf = make()",
        "f()", "f.n"),
    "a nonlocal": (
        "def make(n):\n    def f():\n      nonlocal n; n = 1\n    return f, lambda: n\nf = make(0)",
        "f[0]()", "f[1]()"),
    "a generator": ("g = iter([1, 2, 3])", "next(g)", "g.__length_hint__()"),
    "a module": ("import types\nm = types.ModuleType('m')\nm.n = 1", "m.n = 2", "m.n"),
    "a property": (
        "log = []\nclass A:\n    @property\n    def x(self): log.append(1)\na = A()", "a.x", "log"),
    "a class with slots": (
        "class A:\n    __slots__ = ('n',)\na = A(); a.n = 1", "a.n = 2", "a.n"),
    "an object that refuses to be copied": (
        "class A:\n    n = 1\n    def __deepcopy__(self, memo): return self\na = A()",
        "a.n = 2", "a.n"),
    "the shell's variables": ("x = 1", "get_ipython().user_ns['x'] = 2", "x"),
    "the next cell": (
        "", "get_ipython().set_next_input('bad')", "vars(get_ipython()).get('rl_next_input')"),
    "the shell's magics": ("", "%xmode Plain", "get_ipython().InteractiveTB.mode"),
    "a line magic that sets": ("x = 1", "%reset -f", "'x' in dir()"),
    "the history": ("x = 1", "get_ipython().run_cell('x = 2', store_history=True)",
                    "get_ipython().execution_count, In"),
    "the folder": ("", "os.chdir('/')", "os.getcwd()"),
    "the environment": ("", "os.environ['SET'] = '1'; os.putenv('PUT', '1')",
                        "os.environ.get('SET')"),
    "the path of modules": ("", "sys.path.insert(0, 'x'); sys.modules.pop('json', None)",
                            "sys.path, 'json' in sys.modules"),
    "the options of numpy": (
        "import numpy as np", "np.set_printoptions(precision=1); np.seterr(all='raise')",
        "np.get_printoptions(), np.geterr()"),
    "the options of pandas": (
        "import pandas as pd", "pd.set_option('display.max_rows', 3)",
        "pd.get_option('display.max_rows')"),
    "chance": (
        "import random, numpy as np\nrandom.seed(1); np.random.seed(1)",
        "random.random(); np.random.rand()",
        "random.getstate()[1][-1], np.random.get_state()[2]"),
    "the filters of warnings": ("import warnings", "warnings.simplefilter('error')",
                                "warnings.filters[0]"),
    "logging": ("import logging", "logging.getLogger().setLevel(1)", "logging.getLogger().level"),
    "the locale": ("import locale", "locale.setlocale(locale.LC_ALL, 'C')",
                   "locale.setlocale(locale.LC_ALL)"),
    "a signal": ("import signal", "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
                 "signal.getsignal(signal.SIGUSR1)"),
    "a builtin": ("", "import builtins; builtins.sum = max", "sum.__name__"),
    "a limit": ("import resource", "resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))",
                "resource.getrlimit(resource.RLIMIT_NOFILE)"),
    "shared memory": (
        "import mmap\nm = mmap.mmap(-1, 10_000)", "m[:3] = b'abc'", "m[:3]"),
    "a file that is mapped": (
        "import numpy as np\nnp.arange(9).tofile('f')\na = np.memmap('f', dtype=int, mode='r+')",
        "a[:] = 0", "open('f', 'rb').read()"),
    "a value that processes share": (
        "import multiprocessing as mp\nv = mp.Value('i', 1)", "v.value = 2", "v.value"),
    "the place in an open file": (
        "open('f', 'w').write('one two')\nf = open('f')\nf.read(1)", "f.read()", "f.tell()"),
    "a thread's lock": ("import threading\nlock = threading.Lock()", "lock.acquire()",
                        "lock.locked()"),
}  # fmt: skip


@pytest.mark.parametrize("member", REACHED)
def test_what_is_tried_reaches_nothing_that_lives(
    shell: InteractiveShell, try_out: TryOut, member: str
) -> None:
    made, proposal, seen = REACHED[member]
    assert shell.run_cell(made).success
    before = value(shell, seen)
    assert try_out(proposal).words == RUNS
    assert value(shell, seen) == before


OUTSIDE = {
    "a file is written": ("", "open('new', 'w').write('x')", "write to new"),
    "a file is emptied by a library": (
        "import pandas as pd\nd = pd.DataFrame({'a': [1]})", "d.to_csv('kept')", "write to kept"),
    "a library in C++ writes": (
        "import pyarrow as pa, pyarrow.parquet as pq\nt = pa.table({'a': [1]})",
        "pq.write_table(t, 'kept')", "write a file, use a connection or start a program"),
    "the C library removes": (
        "import ctypes", "ctypes.CDLL(None).unlink(b'kept')", "write a file"),
    "an open file is written": (
        "f = open('kept', 'a')", "f.write('x' * 100_000)", "write a file"),
    "what an open file has yet to write": (
        "f = open('kept', 'a'); f.write('x')", "f.flush()", "write a file"),
    "a file is removed": ("", "os.remove('kept')", "remove kept"),
    "a file is renamed": ("", "os.rename('kept', 'other')", "rename kept"),
    "a file's rights": ("", "os.chmod('kept', 0)", "change kept"),
    "a folder is made": ("", "os.makedirs('a/b')", "make the folder a"),
    "a folder is removed": ("os.mkdir('d')", "import shutil; shutil.rmtree('d')", "remove d"),
    "a refusal that is swallowed": (
        "", "try:\n    open('new', 'w')\nexcept BaseException:\n    pass", "write to new"),
    "a thread writes": (
        "from threading import Thread",
        "t = Thread(target=open, args=('new', 'w')); t.start(); t.join()", "write to new"),
    "a finalizer writes": (
        "class A:\n    def __del__(self): self.on and os.remove('kept')\na = A(); a.on = False",
        "a.on = True; del a", "remove kept"),
    "a program": ("", "import subprocess; subprocess.run(['touch', 'new'])", "start touch"),
    "a command of the shell": ("", "!touch new", "start another process"),
    "a command of the system": ("", "os.system('touch new')", "run the command touch new"),
    "a process of one's own": (
        "", "if os.fork() == 0:\n    open('new', 'w'); os._exit(0)", "start another process"),
    "a magic that writes": ("", "%%writefile new\nx", "write to new"),
    "a signal to the kernel": ("", "os.kill(os.getppid(), 9)", "send a signal to process"),
    "a question": ("", "input('name?')", "ask for input"),
    "a password": ("", "import getpass; getpass.getpass()", "ask for input"),
    "a pipe that is read": (
        "os.mkfifo('p'); p = os.open('p', os.O_RDWR)", "open('p').read()", "read from p"),
    "an open socket": (
        "import socket\na, b = socket.socketpair()", "a.send(b'x')", "use a connection"),
    "an open pipe": (
        "r, w = os.pipe(); os.write(w, b'xy')", "os.read(r, 1)",
        "uses a file or a connection that this kernel has open"),
    "an open database": (
        "import sqlite3\ndb = sqlite3.connect('db'); db.execute('create table t (x)')",
        "db.execute('insert into t values (1)'); db.commit()", "use a connection"),
    "a database": ("", "import sqlite3; sqlite3.connect('db2').execute('create table t (x)')",
                   "open the database db2"),
    "a website": (
        "", "import urllib.request as r; r.urlopen('http://example.org')",
        "look up the host example.org"),
    "a connection": (
        "import socket", "socket.socket().connect(('127.0.0.1', 9))",
        "connect to ('127.0.0.1', 9)"),
    "a datagram": (
        "import socket", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        "send to"),
    "too much memory": ("", "x = bytearray(10**10)", "it needs more than"),
    "a crash": (
        "import ctypes", "ctypes.string_at(1)", "the copy of this kernel crashed"),
}  # fmt: skip


@pytest.mark.parametrize("member", OUTSIDE)
def test_what_would_act_outside_of_memory_ends_the_trial(
    shell: InteractiveShell, try_out: TryOut, tmp_path: Path, member: str
) -> None:
    made, proposal, words = OUTSIDE[member]
    (tmp_path / "kept").write_text("as it was")
    assert shell.run_cell(made).success
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    trial = try_out(proposal)
    assert trial.words.startswith("was not tried to its end: ")
    assert words in trial.words
    assert (tmp_path / "kept").read_text() == "as it was"
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


INSIDE = {
    "two names of one value": ("a = []; b = a", "a.append(1); assert b == [1]"),
    "a file is read": ("open('f', 'w').write('one')", "assert open('f').read() == 'one'"),
    "an open file is read on": (
        "open('f', 'w').write('one two'); f = open('f'); f.read(4)", "assert f.read() == 'two'"),
    "a database in memory": (
        "import sqlite3\ndb = sqlite3.connect(':memory:')", "db.execute('create table t (x)')"),
    "threads": ("from concurrent.futures import ThreadPoolExecutor as P",
                "assert list(P(2).map(abs, [-1])) == [1]"),
    "nowhere": ("", "with open(os.devnull, 'w') as f: print('x', file=f)"),
    "what is printed and shown": (
        "", "print('x' * 100_000); sys.stdout.buffer.write(b'x'); display(1)"),
    "a magic": ("", "%timeit -n 1 -r 1 1 + 1"),
    "a signal of one's own": (
        "import signal", "signal.signal(10, lambda *_: None); os.kill(os.getpid(), 10)"),
    "chance goes on": (
        "import random\nrandom.seed(1); state = random.getstate()",
        "assert random.getstate() == state"),
    "a big frame": (
        "import numpy as np\nx = np.zeros(40_000_000)", "x[0] = 1; assert x.sum() == 1"),
    "an annotation": (
        "from dataclasses import dataclass, fields",
        "@dataclass\nclass A:\n    x: int\nassert fields(A)[0].type is int"),
    "a main module": ("class A: pass", "import pickle; pickle.loads(pickle.dumps(A()))"),
}  # fmt: skip


@pytest.mark.parametrize("member", INSIDE)
def test_what_stays_in_memory_is_tried(
    shell: InteractiveShell, try_out: TryOut, member: str
) -> None:
    made, proposal = INSIDE[member]
    assert shell.run_cell(made).success
    assert try_out(proposal).words == RUNS


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", "still fails: ZeroDivisionError: division by zero;"),
        ("def", "still fails: SyntaxError"),
        ("raise SystemExit(3)", "still fails: it exits (3)"),
        ("os._exit(3)", "still fails: it ends the process (with 3)"),
        ("raise ValueError", "still fails: ValueError;"),
        ("raise ValueError('\\ud83d' + 'x\\n' * 10_000)", "still fails: ValueError: \\ud83dx x x"),
        ("raise KeyboardInterrupt", "still fails: KeyboardInterrupt;"),
        ("os.kill(os.getpid(), 2)", "still fails: KeyboardInterrupt;"),
        ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "still fails: E;"),
        ("await f()", "was not tried: it awaits something"),
    ],
)
def test_failures_are_told(try_out: TryOut, code: str, words: str) -> None:
    told = try_out(code).words
    assert told.encode("ascii", "backslashreplace").decode().startswith(words)


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal\nsignal.pthread_sigmask(0, range(1, 32))\nwhile True: pass",
    ],
)
def test_a_runaway_is_stopped_by_the_clock(code: str) -> None:
    trial = trying.try_out(code, {}, limit_s=0.5)
    assert trial.words == "was stopped after 0.5 s; tried in a copy of this kernel"


def test_what_only_waits_is_told_as_that() -> None:
    trial = trying.try_out("import threading; threading.Event().wait()", {}, limit_s=0.5)
    assert trial.words.startswith("was stopped after 0.5 s, in which it only waited")


def test_memory_that_is_written_over_is_not_copied_without_bound() -> None:
    names = {"x": bytearray(b"1") * 400_000_000}
    code = "for n in range(0, len(x), 4096): x[n] = 2\nwhile True: pass"
    trial = trying.try_out(code, names, more_bytes=100_000_000)
    assert trial.words == "was not tried to its end: it needs more than 0.1 GB of memory"


def test_a_runaway_is_stopped_by_an_interrupt() -> None:
    others = _children()

    def strike() -> None:
        until = time.monotonic() + 10
        while _children() == others and time.monotonic() < until:
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=strike)
    thread.start()
    trial = trying.try_out("while True: pass", {})
    thread.join()
    assert trial.words == "was stopped by you; tried in a copy of this kernel"
    assert _children() == others


def _children() -> list[str]:
    """The processes that this one has started."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def test_nothing_stays_behind(shell: InteractiveShell, try_out: TryOut) -> None:
    try_out("first = 1")
    others = _children()
    before = set(Path("/proc/self/fd").iterdir())
    try_out("while False: pass")
    try_out("os.system('true')")
    assert _children() == others
    assert set(Path("/proc/self/fd").iterdir()) == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(("platform", "machine"), [("darwin", "arm64"), ("win32", "AMD64"),
                                                   ("linux", "riscv64")])  # fmt: skip
def test_where_a_copy_cannot_be_kept_apart_nothing_is_tried(
    try_out: TryOut, monkeypatch: pytest.MonkeyPatch, platform: str, machine: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("platform.machine", lambda: machine)
    trial = try_out("open('new', 'w')")
    assert trial.words.startswith("was not tried: ")
    assert "cannot be kept apart" in trial.words or "only on Linux" in trial.words
    assert not Path("new").exists()


def test_random_objects_stay_as_they_are(
    shell: InteractiveShell, try_out: TryOut, rng: random.Random, rounds: int
) -> None:
    """Random webs of objects, and random ways to a list that lies in them."""
    for _ in range(rounds):
        made, way = ["log = []"], "log"
        for n in range(rng.randint(1, 6)):
            step = rng.choice(STEPS)
            made.append(step[0].format(n=n, way=way))
            way = step[1].format(n=n)
        assert shell.run_cell("\n".join(made)).success
        assert try_out(f"{way}.append(5); assert log == [5]").words == RUNS, "\n".join(made)
        assert value(shell, "log") == "[]"


STEPS = (
    ("v{n} = [{way}]", "v{n}[0]"),
    ("v{n} = {{'k': {way}}}", "v{n}['k']"),
    ("def v{n}(x={way}): return x", "v{n}()"),
    ("class V{n}: x = {way}\nv{n} = V{n}()", "v{n}.x"),
    ("class V{n}:\n    def get(self): return {way}\nv{n} = V{n}().get", "v{n}()"),
    ("import functools\n@functools.cache\ndef v{n}(): return {way}", "v{n}()"),
    ("import functools\nv{n} = functools.partial(lambda x: x, {way})", "v{n}()"),
    ("v{n} = (lambda x: lambda: x)({way})", "v{n}()"),
    ("import types\nv{n} = types.SimpleNamespace(x={way})", "v{n}.x"),
    ("import types\nv{n} = types.ModuleType('m')\nv{n}.x = {way}", "v{n}.x"),
    ("class V{n}:\n    @property\n    def x(self): return {way}\nv{n} = V{n}()", "v{n}.x"),
    ("import weakref\nclass V{n}: pass\nw{n} = V{n}(); w{n}.x = {way}\nv{n} = weakref.ref(w{n})",
     "v{n}().x"),
)  # fmt: skip
