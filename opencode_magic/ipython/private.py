"""Every touch of IPython and ipykernel that they do not document, in one place.

Each says what it uses, where that is made upstream, and what happens where it is missing. All were
seen on IPython 8.18 and 9.x with ipykernel 6.29 and 7.x. Nothing here asks for a version: a name is
looked for, and what needs it is left out where it is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import Magics


def can_answer(shell: InteractiveShell) -> bool:
    """Return whether the person who runs the cell can answer; without a kernel it is a terminal.

    `Kernel._allow_stdin` (ipykernel/kernelbase.py) is what the request said; `raw_input` there asks
    the same attribute. Missing: nobody is asked.
    """
    kernel = getattr(shell, "kernel", None)
    return kernel is None or bool(getattr(kernel, "_allow_stdin", False))


def first_after_execution(shell: InteractiveShell, callback: Callable[[], None]) -> None:
    """Call back after each execution, before all other callbacks; `unregister` ends it as usual.

    `EventManager.callbacks` (IPython/core/events.py) is a list for each event, in the order of the
    calls; `register` only appends. Missing: it is called last, and a figure that the inline back
    end closes is met on its way out only.
    """
    shell.events.register("post_execute", callback)
    callbacks = getattr(shell.events, "callbacks", {}).get("post_execute", [])
    if callback in callbacks:
        callbacks.remove(callback)
        callbacks.insert(0, callback)


def show_by(shell: InteractiveShell, kind: type, show: Callable[[Any], None]) -> None:
    """Have `show` do all that is done when a value of a class is displayed.

    `DisplayFormatter.ipython_display_formatter` (IPython/core/formatters.py) is asked first, and
    nothing else is asked for the classes it knows. Formatters have a documented `for_type`; that
    there is this one is not documented. Missing: the value is displayed as its class says.
    """
    formatter = getattr(shell.display_formatter, "ipython_display_formatter", None)
    if formatter is not None:
        formatter.for_type(kind, show)


def show_as_ever(shell: InteractiveShell, kind: type) -> None:
    """Take back what `show_by` did for a class."""
    formatter = getattr(shell.display_formatter, "ipython_display_formatter", None)
    if formatter is not None:
        formatter.pop(kind, None)


def bundle_by(
    shell: InteractiveShell, kind: type | tuple[str, str], bundle: Callable[[Any], dict[str, Any]]
) -> None:
    """Have `bundle` make the MIME bundle of the values of a class, given itself or by its name.

    `DisplayFormatter.mimebundle_formatter` (IPython/core/formatters.py) is asked before the
    formatters of single types. Missing: the value's own bundle is shown.
    """
    formatter = getattr(shell.display_formatter, "mimebundle_formatter", None)
    if formatter is None:
        return
    if isinstance(kind, type):
        formatter.for_type(kind, bundle)
    else:
        formatter.for_type_by_name(*kind, bundle)


def bundle_as_ever(shell: InteractiveShell, kind: type | tuple[str, str]) -> None:
    """Take back what `bundle_by` did for a class."""
    formatter = getattr(shell.display_formatter, "mimebundle_formatter", None)
    if formatter is not None:
        formatter.pop(kind if isinstance(kind, type) else ".".join(kind), None)


def brings(shell: InteractiveShell, source: str, *, succeeded: bool) -> bool:
    """Return whether the front end is given `source` as its next cell, and takes it.

    A kernel gives the payload `set_next_input` with the reply (ipykernel/zmqshell.py), of which
    front ends take one, and none from a cell that failed; a terminal keeps `rl_next_input`
    (IPython/terminal/interactiveshell.py). Missing: nothing was brought, as far as is known.
    """
    manager = getattr(shell, "payload_manager", None)
    if getattr(shell, "kernel", None) is None or manager is None:
        return getattr(shell, "rl_next_input", None) == source
    given = [p for p in manager.read_payload() if p.get("source") == "set_next_input"]
    return succeeded and [p.get("text") for p in given] == [source]


def add_token_transformer(shell: InteractiveShell, transformer: type) -> None:
    """Have a transformer of tokens see each cell.

    `TransformerManager.token_transformers` (IPython/core/inputtransformer2.py) is a list of classes
    with `find` and `transform`. Missing: IPython reads our lines as it reads all magics, so a `?`
    at the end asks for help.
    """
    getattr(shell.input_transformer_manager, "token_transformers", []).append(transformer)


def remove_token_transformer(shell: InteractiveShell, transformer: type) -> None:
    """Take back what `add_token_transformer` did."""
    transformers = getattr(shell.input_transformer_manager, "token_transformers", [])
    if transformer in transformers:
        transformers.remove(transformer)


def registered(shell: InteractiveShell, name: str) -> Any:
    """Return the magics that were registered under the name of their class, None for none.

    `MagicsManager.registry` (IPython/core/magic.py). Missing: they are taken for not loaded.
    """
    return getattr(shell.magics_manager, "registry", {}).get(name)


def forget_magics(shell: InteractiveShell, magics: Magics, name: str) -> None:
    """Take magics out of a shell, with the line and cell magic of that name.

    IPython registers magics (`MagicsManager.register`, IPython/core/magic.py) and has no way back:
    what it filled is emptied. Missing: the names stay.
    """
    manager = shell.magics_manager
    for kind in ("line", "cell"):
        manager.magics[kind].pop(name, None)
    getattr(manager, "registry", {}).pop(type(magics).__name__, None)
    configurables = getattr(shell, "configurables", [])
    if magics in configurables:
        configurables.remove(magics)
