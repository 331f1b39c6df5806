"""What `%load_ext opencode_magic` adds to a bare IPython, each time in a fresh process."""

from __future__ import annotations

import statistics
import subprocess
import sys

_LOAD = """\
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.perf_counter()
shell.run_line_magic("load_ext", "opencode_magic")
print((time.perf_counter() - began) * 1000)
"""


def load_ms(times: int) -> float:
    """The median of several; the first process, which may compile, does not count."""
    return statistics.median([_once() for _ in range(times + 1)][1:])


def _once() -> float:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD], capture_output=True, text=True, timeout=60, check=True
    )
    return float(done.stdout.split()[-1])
