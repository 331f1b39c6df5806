"""`%load_ext` and `%unload_ext`: what is put into a shell, and taken out again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core.completer import context_matcher

from . import private
from .magics import OpencodeMagics
from .transform import NAME, LineMagic, empty_cell_magic

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from .completion import Names

    Matcher = Callable[[Any], dict[str, Any]]

IDLE_S = 0.2  # after `%load_ext`: its cell has ended


def load(shell: InteractiveShell) -> None:
    """Put the magics and all that belongs to them into a shell; a second time changes nothing."""
    if _loaded(shell) is not None:
        return
    magics = OpencodeMagics(shell)
    shell.register_magics(magics)
    shell.input_transformers_cleanup.insert(0, empty_cell_magic)
    private.add_token_transformer(shell, LineMagic)
    shell.events.register("pre_run_cell", magics.displayed.forget_shown)
    magics.watch.start()
    magics.matcher = _matcher(magics)
    shell.Completer.custom_matchers.append(magics.matcher)
    _warm_up()


def unload(shell: InteractiveShell) -> None:
    """Take out what `load` put in, and end our own server; the user's `Turn`s stay."""
    magics = _loaded(shell)
    if magics is None:
        return
    magics.close()
    shell.input_transformers_cleanup.remove(empty_cell_magic)
    private.remove_token_transformer(shell, LineMagic)
    shell.events.unregister("pre_run_cell", magics.displayed.forget_shown)
    magics.watch.stop()
    shell.Completer.custom_matchers.remove(magics.matcher)
    private.forget_magics(shell, magics, NAME)


def _loaded(shell: InteractiveShell) -> OpencodeMagics | None:
    found: OpencodeMagics | None = private.registered(shell, OpencodeMagics.__name__)
    return found


def _matcher(magics: OpencodeMagics) -> Matcher:
    """Return what offers options, commands and names while a cell of ours is typed."""
    names: Names | None = None

    @context_matcher()
    def opencode_magic(context: Any) -> dict[str, Any]:
        from .completion import Names, matched  # late: only when somebody completes

        nonlocal names
        names = names or Names(lambda: magics.made_app, magics.watch.notebook)
        return matched(context, names)

    found: Matcher = opencode_magic
    return found


def _warm_up() -> None:
    """Have what the first completion needs imported once the kernel is idle.

    On this thread: an import on another one may meet modules that this one has half imported.
    """
    with suppress(RuntimeError):  # a terminal runs no loop now; its first completion imports
        asyncio.get_running_loop().call_later(IDLE_S, _import_completion)


def _import_completion() -> None:
    # Late: this is the import that waits until the kernel is idle.
    from ..commands import commands
    from . import completion  # noqa: F401  # only imported

    commands()
