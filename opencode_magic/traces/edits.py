"""Which files the tools of a turn wrote, and which of those its record mentions.

A server's record of a turn is a comparison of the project before and after its steps. Only the tool
calls tell about what it leaves out (ignored files, repositories inside the project, files outside
of it), and about steps in which the comparison failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from ..model.files import FileDiff
from ..model.messages import Message, Part, ToolPart
from ..model.transcript import Transcript
from ..text.shellreach import ShellReach
from .effects import effect

Real = Callable[[str], str]
"""Gives the real place of a path."""


@dataclass(frozen=True)
class Edit:
    """A file that completed calls wrote, by its real place.

    `sure` where it must have changed: writing what it already holds, or changing it and taking that
    back within a step, leaves no trace in any record. `whole` is False where the step did not end,
    `quiet` is True where it may not have changed and the step's snapshot mentions other files.
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
        what the names in a diff are relative to, as an absolute path.
    real:
        gives the real place of a path.
    """

    def __init__(self, transcript: Transcript, root: str, real: Real = str) -> None:
        self._transcript = transcript
        self._root = real(root)
        self._real = real

    def place(self, file: str) -> str:
        """Return where a file of a diff lies; a link counts as a file of its own."""
        path = PurePath(self._root, file)
        return str(PurePath(self._real(str(path.parent)), path.name))

    def _target(self, file: str, message: Message) -> str:
        """Return the file a tool writes that is given this name: links are followed."""
        return self._real(str(PurePath(message.info.path.cwd or self._root, file)))

    @cached_property
    def unseen_commands(self) -> bool:
        """True where a command ran outside of every step that a server compares."""
        unended = (message for message in self._messages if not message.ended)
        return any(self._is_command(part) for message in unended for part in message.parts)

    def unrecorded(self, diff: Iterable[FileDiff]) -> tuple[Edit, ...]:
        """Return the completed edits that neither the diff nor the patches of a step mention.

        Also what changed in a step that did not end, whatever changed it: no diff has it.
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
                    file, known.sure or sure, known.whole and message.ended, known.quiet and quiet
                )
        for message in self._transcript.answers:
            if not message.ended:
                found |= {file: Edit(file, whole=False) for file in self._patched(message) - told}
        return tuple(found.values())

    @property
    def _messages(self) -> Iterable[Message]:
        return self._transcript.by_id.values()

    @cached_property
    def _all_ended(self) -> bool:
        """True where each step of the main session ended: those of subagents are within them."""
        return all(m.ended for m in self._transcript.answers)

    @cached_property
    def _noted(self) -> frozenset[str]:
        """The files in the patches of the main session's steps, even if changed back later."""
        steps = (self._noted_in(message) for message in self._transcript.answers)
        return frozenset().union(*steps)

    def _noted_in(self, message: Message) -> frozenset[str]:
        """Return the files in the patches of a step that ended."""
        return self._patched(message) if message.ended else frozenset()

    def _patched(self, message: Message) -> frozenset[str]:
        return frozenset(self.place(file) for patch in message.patches for file in patch.files)

    def _done_in(self, message: Message) -> Mapping[str, bool]:
        """Return the files that completed calls of a step wrote, and if each surely changed."""
        # A command may have taken an edit back in the same step.
        undisturbed = not any(map(self._is_command, message.parts))
        found: dict[str, bool] = {}
        for part in message.parts:
            if isinstance(part, ToolPart) and part.state.status == "completed":
                files = effect(part, self._transcript).files
                for file in {self._target(name, message) for name in files}:
                    found[file] = undisturbed and file not in found and _is_sure(part)
        return found

    def _is_command(self, part: Part) -> bool:
        """Return whether a part is a call that can have written files it does not name."""
        if not isinstance(part, ToolPart):
            return False
        return effect(part, self._transcript).reach is not ShellReach.NOTHING


def _is_sure(part: ToolPart) -> bool:
    """Return whether a completed call must have changed its file, as an `edit` always does."""
    return part.kind != "write" or part.state.metadata.get("exists") is False
