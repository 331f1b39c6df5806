"""Which files the tools of a turn wrote, and which of those its record tells of. Pure.

A server's record of a turn is a comparison of the project before and after its steps. What it
leaves out (ignored files, repositories inside the project, places outside of it), and whole steps
in which the comparison failed, only the tool calls tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from ..model.files import FileDiff
from ..model.messages import Message, Part, PatchPart, StepFinishPart, ToolPart
from ..model.transcript import Transcript
from ..text.shellreach import ShellReach
from .effects import effect

Real = Callable[[str], str]
"""Gives the place a path leads to."""


@dataclass(frozen=True)
class Edit:
    """A file that completed calls wrote, by its real place.

    `sure` where it must have changed: writing what stood there already, or changing it to and fro
    within a step, leaves no trace in any record. `whole` is False where the step did not end,
    `quiet` is True where it may not have changed and the step's snapshot tells of others.
    """

    file: str
    sure: bool = True
    whole: bool = True
    quiet: bool = False


class Edits:
    """What the tools of a turn wrote.

    Parameters
    ----------
    transcript:
        what was said and done, subagents' sessions included.
    root:
        what the names in a diff are relative to, as a whole path.
    real:
        gives the place a path leads to.
    """

    def __init__(self, transcript: Transcript, root: str, real: Real = str) -> None:
        self._transcript = transcript
        self._root = real(root)
        self._real = real

    def place(self, file: str) -> str:
        """Where a file of a diff lies; a link is a file of its own."""
        path = PurePath(self._root, file)
        return str(PurePath(self._real(str(path.parent)), path.name))

    def _target(self, file: str, message: Message) -> str:
        """Where a tool writes that is given this name: where a link leads to."""
        return self._real(str(PurePath(message.info.path.cwd or self._root, file)))

    @cached_property
    def unseen_commands(self) -> bool:
        """True where a command ran outside of every step that a server compares."""
        unended = (message for message in self._messages if not _ended(message))
        return any(self._is_command(part) for message in unended for part in message.parts)

    def unrecorded(self, diff: Iterable[FileDiff]) -> tuple[Edit, ...]:
        """The completed edits that neither the diff nor the server's notes on a step tell of.

        And what changed in a step that did not end, whatever changed it: it is in no diff.
        """
        told = {self.place(changed.file) for changed in diff} | self._noted
        found: dict[str, Edit] = {}
        for message in self._messages:
            noted = self._noted_in(message) if self._all_ended else frozenset()
            for file, sure in self._done_in(message).items():
                if file in told or file in noted:
                    continue
                quiet = not sure and bool(self._noted_in(message))
                known = found.get(file, Edit(file, sure=False, quiet=True))
                found[file] = Edit(
                    file, known.sure or sure, known.whole and _ended(message), known.quiet and quiet
                )
        cut_short = (m for m in self._transcript.answers if not _ended(m))
        for file in (file for message in cut_short for file in self._patched(message)):
            if file not in told:
                found[file] = Edit(file, whole=False)
        return tuple(found.values())

    @property
    def _messages(self) -> Iterable[Message]:
        return self._transcript.by_id.values()

    @cached_property
    def _all_ended(self) -> bool:
        """Whether each step of the main session ended: those of subagents are within them."""
        return all(map(_ended, self._transcript.answers))

    @cached_property
    def _noted(self) -> frozenset[str]:
        """What the steps of the main session say they changed, to and fro included."""
        steps = (self._noted_in(message) for message in self._transcript.answers)
        return frozenset().union(*steps)

    def _noted_in(self, message: Message) -> frozenset[str]:
        """What a step that ended says it changed."""
        return self._patched(message) if _ended(message) else frozenset()

    def _patched(self, message: Message) -> frozenset[str]:
        patches = (part for part in message.parts if isinstance(part, PatchPart))
        return frozenset(self.place(file) for patch in patches for file in patch.files)

    def _done_in(self, message: Message) -> Mapping[str, bool]:
        """The files that completed calls of a step wrote, and whether each surely changed."""
        # Else one may have taken it back in the same step.
        undisturbed = not any(map(self._is_command, message.parts))
        found: dict[str, bool] = {}
        for part in message.parts:
            if isinstance(part, ToolPart) and part.state.status == "completed":
                files = effect(part, self._transcript).files
                for file in {self._target(name, message) for name in files}:
                    found[file] = undisturbed and file not in found and _is_sure(part)
        return found

    def _is_command(self, part: Part) -> bool:
        """Whether a part is a call that can have written what it does not name as a file."""
        if not isinstance(part, ToolPart):
            return False
        return effect(part, self._transcript).reach is not ShellReach.NOTHING


def _ended(message: Message) -> bool:
    return any(isinstance(part, StepFinishPart) for part in message.parts)


def _is_sure(part: ToolPart) -> bool:
    """Whether a completed call must have changed its file: an editor's old and new text differ."""
    return part.tool != "write" or part.state.metadata.get("exists") is False
