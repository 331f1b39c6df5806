"""Each operation of the server, with the client's method and our command for it."""

from __future__ import annotations

from dataclasses import dataclass

from ..client import Client
from ..protocol.resource import OPERATIONS, Resource
from . import commands

MAJORS = ("1.0.0", "2.0.0")
"""A version of each dialect."""


@dataclass(frozen=True)
class Bound:
    """An operation of the server, and how it is reached here; `commands` may be none."""

    operation: str
    python: str
    commands: tuple[str, ...] = ()


def reference() -> tuple[Bound, ...]:
    """Return all operations the client binds, by path."""
    names = _python_names()
    found = []
    for operation, place in OPERATIONS.items():
        python = names[place]
        ours = tuple(f"/{c.name}" for c in commands().values() if python in c.calls)
        found.append(Bound(operation, f"oc.{python}", ours))
    return tuple(sorted(found, key=lambda b: b.operation.partition(" ")[::-1]))


def reference_markdown() -> str:
    """Return the reference as a table of Markdown, for the documentation."""
    lines = ["| operation of the server | Python | command |", "| :--- | :--- | :--- |"]
    for bound in reference():
        ours = ", ".join(f"`{command}`" for command in bound.commands)
        lines.append(f"| `{bound.operation}` | `{bound.python}()` | {ours} |")
    return "\n".join(lines)


def _python_names() -> dict[str, str]:
    """Return how methods are reached from an `OpenCode`, by the place where they are defined."""
    client = Client("http://127.0.0.1:1")  # nothing is there, and nothing is asked
    names: dict[str, str] = {}
    for version in MAJORS:
        client.speak(version)
        for name, group in {**vars(client.dialect), "server": client.dialect.server}.items():
            names |= _methods(group, "" if name == "server" else name)
    names |= _methods(client.event, "event")
    client.close()
    return names


def _methods(group: object, name: str) -> dict[str, str]:
    if not isinstance(group, Resource):
        return {}
    return {
        f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}.{method}": (
            f"{name}.{method}".lstrip(".")
        )
        for kind in type(group).mro()
        for method in vars(kind)
    }
