"""Each method of the client, with the operations of either server, and our command for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from ..client import Client
from ..protocol import contract
from ..protocol.resource import OPERATIONS, USES, Resource, place_of
from . import commands

MAJORS = ("1.0.0", "2.0.0")
"""A version of each dialect."""
TITLES = ("Python", "OpenCode 1", "OpenCode 2", "command")


@dataclass(frozen=True)
class Bound:
    """A method of the client, and what stands behind it; nothing where a server lacks it."""

    python: str
    first: tuple[str, ...] = ()
    """The operations of OpenCode 1 it stands for."""
    second: tuple[str, ...] = ()
    """Those of OpenCode 2."""
    commands: tuple[str, ...] = ()


def reference() -> tuple[Bound, ...]:
    """Return all that the client can do with a server, by name; of either major."""
    client = Client("http://127.0.0.1:1")  # nothing is there, and nothing is asked
    majors = []
    for version in MAJORS:
        client.speak(version)
        majors.append(dict(_methods(client)))
    client.close()
    first, second = majors
    ours: dict[str, tuple[str, ...]] = {
        name: () for name in sorted(first | second) if first.get(name) or second.get(name)
    }
    for command in commands().values():
        for name in command.calls:
            if name in ours:
                ours[name] = (*ours[name], f"/{command.name}")
    return tuple(
        Bound(f"oc.{name}", first.get(name, ()), second.get(name, ()), written)
        for name, written in ours.items()
    )


def reference_markdown() -> str:
    """Return the reference as a table of Markdown, for the documentation."""
    lines = [f"| {' | '.join(TITLES)} |", "| :--- | :--- | :--- | :--- |"]
    for bound in reference():
        cells = (bound.first, bound.second, bound.commands)
        shown = (", ".join(f"`{one}`" for one in cell) or "-" for cell in cells)
        lines.append(f"| `{bound.python}()` | {' | '.join(shown)} |")
    return "\n".join(lines)


def _methods(client: Client) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the public methods as they are reached from a client, and their operations."""
    bound: dict[str, tuple[str, ...]] = dict(USES)
    for operation, place in OPERATIONS.items():
        bound[place] = (*bound.get(place, ()), operation)
    for name, group in vars(client.dialect).items():
        if isinstance(group, Resource):
            prefix = "" if name == "server" else f"{name}."
            for method in _common(type(group)):
                function = inspect.getattr_static(type(group), method)
                yield f"{prefix}{method}", bound.get(place_of(function), ())
    for method, everywhere in (("subscribe", False), ("subscribe_global", True)):
        feed = client.dialect.feed(None, everywhere=everywhere)
        yield f"event.{method}", (f"GET {feed.path}",)


def _common(group: type[Resource]) -> Iterator[str]:
    """Yield the public methods of a group that it has in either dialect, refused or not."""
    for kind in group.mro():
        if kind.__module__.startswith(contract.__name__):
            yield from (name for name in vars(kind) if not name.startswith("_"))
