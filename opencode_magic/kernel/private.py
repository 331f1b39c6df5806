"""Every touch of IPython and ipykernel that they do not document, as far as tools need it.

Each says what it uses, where that is made upstream, and what happens where it is missing. All were
seen on IPython 8.18 and 9.x with ipykernel 6.29, 6.30 and 7.0 to 7.4. Nothing here asks for a
version: a name is looked for, and what needs it is left out where it is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Message = dict[str, Any]


def reads_on_main_thread(kernel: Any) -> bool:
    """Return whether a kernel hears nothing while its main thread is busy and does not ask.

    `Kernel.shell_channel_thread` (ipykernel/kernelbase.py) came with 7 and reads the shell channel
    (ipykernel pull request 1249). Missing or None: the main thread reads, as in 6.
    """
    return kernel is not None and getattr(kernel, "shell_channel_thread", None) is None


@contextmanager
def displays_seen(shell: Any, see: Callable[[Message], Message]) -> Iterator[None]:
    """Show `see` each message that displays something.

    `ZMQDisplayPublisher.register_hook` (ipykernel/zmqshell.py) is that of a kernel alone. Missing,
    as in a terminal: what is displayed is not told to the agent.
    """
    publisher = shell.display_pub
    hooked = hasattr(publisher, "register_hook")
    if hooked:
        publisher.register_hook(see)
    try:
        yield
    finally:
        if hooked:
            publisher.unregister_hook(see)


@contextmanager
def value_kept(shell: Any) -> Iterator[None]:
    """Keep the value of the cell that runs, while another is run inside of it.

    `DisplayHook.exec_result` (IPython/core/displayhook.py) is where `run_cell` leaves it, and each
    call of that empties it. Missing: the outer cell has no value.
    """
    hook = getattr(shell, "displayhook", None)
    outer = getattr(hook, "exec_result", None)
    try:
        yield
    finally:
        if hook is not None:
            hook.exec_result = outer
