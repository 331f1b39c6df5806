"""Every undocumented part of IPython and ipykernel that the kernel's tools use.

Each function names what it uses, where that is defined upstream, and what happens if it is missing.
All were seen on IPython 8.18 and 9.x with ipykernel 6.29, 6.30 and 7.0 to 7.4. Nothing here asks
for a version: a name is looked for, and what needs it is left out if it is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Message = dict[str, Any]


def reads_on_main_thread(kernel: Any) -> bool:
    """Return whether a kernel receives nothing while its main thread is busy and does not ask.

    `Kernel.shell_channel_thread` (ipykernel/kernelbase.py) came with 7 and reads the shell channel
    (ipykernel pull request 1249). If it is missing or None, the main thread reads, as in 6.
    """
    return kernel is not None and getattr(kernel, "shell_channel_thread", None) is None


@contextmanager
def displays_seen(shell: Any, see: Callable[[Message], Message]) -> Iterator[None]:
    """Call `see` with each message that displays something.

    `ZMQDisplayPublisher.register_hook` (ipykernel/zmqshell.py) exists in kernels only. If it is
    missing, as in a terminal, the agent is not told what is displayed.
    """
    publisher = shell.display_pub
    if not hasattr(publisher, "register_hook"):
        yield
        return
    publisher.register_hook(see)
    try:
        yield
    finally:
        publisher.unregister_hook(see)


@contextmanager
def value_kept(shell: Any) -> Iterator[None]:
    """Keep the value of the running cell while another one is run inside it.

    `run_cell` leaves the value in `DisplayHook.exec_result` (IPython/core/displayhook.py), and each
    call of it empties that. If it is missing, the outer cell has no value.
    """
    hook = getattr(shell, "displayhook", None)
    outer = getattr(hook, "exec_result", None)
    try:
        yield
    finally:
        if hook is not None:
            hook.exec_result = outer
