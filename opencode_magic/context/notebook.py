"""What mentions may see of a notebook; it is handed in, so that nothing here knows IPython."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Failed:
    """A failure: the exception, and the number of the cell that raised it (0: not known)."""

    error: BaseException
    cell: int = 0
    source: str = ""


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Notebook:
    """A kernel's names, cells and values, read when they are needed.

    Parameters
    ----------
    names:
        the user's variables.
    hidden:
        names that are the kernel's own.
    sources:
        the cells that were run, by number; there is no cell 0.
    values:
        what the cells returned, by number.
    failed, figure:
        return the last failure, and the figure that was shown last; None where there is none.
    """

    names: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    sources: Sequence[str] = ()
    values: Mapping[int, Any] = field(default_factory=dict)
    failed: Callable[[], Failed | None] = _nothing
    figure: Callable[[], Any] = _nothing

    def has(self, name: str) -> bool:
        """Return whether the user has a variable of that name."""
        if name not in self.names:
            return False
        return name not in self.hidden or self.hidden[name] is not self.names[name]

    def variables(self) -> list[str]:
        """Return the names of the user's variables that are not private."""
        return [n for n in self.names if not n.startswith("_") and self.has(n)]

    def evaluate(self, source: str) -> Any:
        """Return the value of one of the user's Python expressions; raise what it raises."""
        # In the namespace itself, where there is one: what `:=` assigns is kept.
        names = self.names if type(self.names) is dict else dict(self.names)
        return eval(compile(source.strip(), "<@{...}>", "eval"), names)  # noqa: S307  # as the user wrote it
