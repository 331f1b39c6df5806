"""Where a cell is that was to be put into the notebook, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

WAITS = "It waits"
"""How the answer to an agent begins whose cell is not in the notebook yet."""
UNKNOWN = "whether this front end takes it is not known: nobody is there, and nbclient takes none"


@dataclass(frozen=True)
class Inserted:
    """Where an inserted cell is: behind `ahead` others, of `waiting` in all.

    `certain` is False where no front end is known to be there.
    """

    ahead: int = 0
    waiting: int = 0
    certain: bool = True

    @property
    def comes(self) -> bool:
        """True where it is the next cell, as far as is known."""
        return not self.ahead and self.certain

    @property
    def words(self) -> str:
        """Where the cell is, for the user."""
        if self.ahead:
            return f"it waits for {_cells(self.ahead)} to be put into the notebook before it"
        if not self.certain:
            return f"it was offered as the next cell; {UNKNOWN}"
        return "it is in the next cell"

    @property
    def for_agent(self) -> str:
        """Where the cell is, for the agent that inserted it."""
        if self.ahead:
            return (
                f"{WAITS}, and is not in the notebook yet: a front end takes one new cell for each "
                f"cell that the user runs, and {_cells(self.ahead)} come before it. It is not run."
            )
        if not self.certain:
            return f"The cell is offered when the user's cell has ended; {UNKNOWN}. It is not run."
        return "The cell comes below when the user's cell has ended. It is not run."


def _cells(count: int) -> str:
    return f"{count} other cell" if count == 1 else f"{count} other cells"
