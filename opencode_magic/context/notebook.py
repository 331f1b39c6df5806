"""What mentions may look at of a notebook: handed in, so that nothing here knows IPython."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Failed:
    """A failure: the exception, and the cell that raised it (0: not known)."""

    error: BaseException
    cell: int = 0
    source: str = ""


def _no_failure() -> Failed | None:
    return None


def _no_figure() -> Any:
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
        the cells that were run, by number; 0 is none.
    values:
        what they gave, by number.
    failed:
        tells the last failure.
    figure:
        tells the figure that was shown last; None where there is none.
    evaluate:
        the value of a Python expression; raises what it raises.
    """

    names: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    sources: Sequence[str] = ()
    values: Mapping[int, Any] = field(default_factory=dict)
    failed: Callable[[], Failed | None] = _no_failure
    figure: Callable[[], Any] = _no_figure

    def has(self, name: str) -> bool:
        """Whether the user has a variable of that name."""
        if name not in self.names:
            return False
        return name not in self.hidden or self.hidden[name] is not self.names[name]

    def variables(self) -> list[str]:
        """The user's variables, without the kernel's own and private ones."""
        return [n for n in self.names if not n.startswith("_") and self.has(n)]

    def evaluate(self, source: str) -> Any:
        """The value of a Python expression of the user's."""
        # What the user wrote to be computed, in the namespace it was written for.
        return eval(compile(source.strip(), "<@{...}>", "eval"), dict_of(self.names))  # noqa: S307


def dict_of(names: Mapping[str, Any]) -> dict[str, Any]:
    """The namespace itself: what an expression assigns by `:=` stays."""
    return names if type(names) is dict else dict(names)
