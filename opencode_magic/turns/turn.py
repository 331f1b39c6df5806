"""A turn as users have it: it displays itself, and its code and tables are values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer.code import CodeBlock, code_blocks, table
from ..model.turn import TurnRecord
from ..render import turn_bundle


@dataclass(frozen=True, repr=False)
class Turn(TurnRecord):
    """One prompt and everything that followed, as a value that displays itself."""

    @property
    def code(self) -> list[CodeBlock]:
        """The fenced blocks of the answer, as text: `.code[0].run()`, `.code[0].insert()`."""
        return code_blocks(self.text)

    def df(self, number: int | None = None) -> Any:
        """Return a table of the answer as a pandas frame, numbers as numbers.

        Parameters
        ----------
        number:
            which table, from 1 on (-1 is the last); may be left out where there is one.
        """
        return table(self.text, number).df()

    def __repr__(self) -> str:
        return f"<Turn {self.state}: {len(self.tools)} tool calls, {len(self.text)} characters>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return the static form: HTML, Markdown and text."""
        return turn_bundle(self)
