"""Changes to files outside any turn, as a value that displays itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..model.files import FileDiff
from .blocks import Block, ChangedFiles, Diff, Item, Notice
from .diff import changed_file
from .limits import TEXT_CHARS, Limit
from .shown import Shown
from .text import document_text


@dataclass(frozen=True)
class ChangeList(Sequence[FileDiff]):
    """Files with their diffs, what happens to them, and what else to know.

    Indexing and iterating give the files.
    """

    title: str
    diff: tuple[FileDiff, ...] = ()
    notes: tuple[str, ...] = ()
    whole: bool = False
    """True if the text holds the lines of the diffs too, as for someone who asks for a diff."""

    def __getitem__(self, index: Any) -> Any:
        return self.diff[index]

    def __len__(self) -> int:
        return len(self.diff)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return document_text(self._items(apart=self.whole), Limit(TEXT_CHARS)).rstrip()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle = Shown(self, tuple(self._items()))._repr_mimebundle_()
        return {**bundle, "text/plain": repr(self)}

    @property
    def blocks(self) -> tuple[Diff, ...]:
        """The files as blocks, each with its diff."""
        return tuple(map(changed_file, self.diff))

    def _items(self, *, apart: bool = False) -> list[Item]:
        """Return the blocks: each file `apart` with its lines, or all files as one list."""
        files: tuple[Block, ...] = self.blocks if apart else (ChangedFiles(self.blocks),)
        return [
            Item("title", Notice(self.title)),
            *([Item(f"file:{n}", file) for n, file in enumerate(files)] if self.diff else []),
            *(Item(f"note:{n}", Notice(note)) for n, note in enumerate(self.notes)),
        ]
