"""Which files the tools of a turn wrote, and which of those its record tells of. Pure.

A server's record of a turn is a comparison of the project before and after its steps. What it
leaves out (ignored files, repositories inside the project, places outside of it), and whole steps
in which the comparison failed, only the tool calls tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from .harmless import HARMLESS
from .transcript import Transcript
from .wire import FileDiff, Message, Part, PatchPart, StepFinishPart, ToolPart

EDITORS = frozenset({"edit", "write", "multiedit", "patch", "apply_patch"})
"""The tools that write the files they name and no others."""

# What a subagent did its own calls tell; the others think, look, or answer.
_SILENT = frozenset(
    {*HARMLESS, *("task", "batch", "invalid", "webfetch", "websearch", "codesearch")}
    | {"StructuredOutput"}
)
# How the server begins the error of a call that was not allowed, and so did not run.
_REFUSED = ("The user rejected permission", "The user has specified a rule which prevents")
_PATCHED = ("*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ")

Real = Callable[[str], str]
"""Gives the place a path leads to."""


@dataclass(frozen=True)
class Edit:
    """A file that completed calls wrote, by its real place.

    `sure` where it must have changed: writing what stood there already, or changing it to and fro
    within a step, leaves no trace in any record. `whole` is False where the step did not end.
    """

    file: str
    sure: bool = True
    whole: bool = True


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
    def commands(self) -> bool:
        """True where a tool ran that can have written anything."""
        return any(_is_command(part) for m in self._messages for part in m.parts)

    @cached_property
    def unseen_commands(self) -> bool:
        """True where such a tool ran outside of every step that a server compares."""
        unended = (message for message in self._messages if not _ended(message))
        return any(_is_command(part) for message in unended for part in message.parts)

    def wrote(self, file: str) -> bool:
        """Whether a tool of the turn can have written a file of its diff."""
        return self.commands or self.named(file)

    def named(self, file: str) -> bool:
        """Whether a tool that writes what it names was given this file."""
        return self.place(file) in self._tried

    def unrecorded(self, diff: Iterable[FileDiff]) -> tuple[Edit, ...]:
        """The completed edits that neither the diff nor the server's notes on a step tell of.

        And what changed in a step that did not end, whatever changed it: it is in no diff.
        """
        told = {self.place(changed.file) for changed in diff} | self._noted
        found: dict[str, Edit] = {}
        for message in self._messages:
            noted = self._noted_in(message) if self._all_ended else frozenset()
            for file, sure in self._done_in(message).items():
                to_and_fro = not sure and self._noted_in(message)  # of others a snapshot was taken
                if file in told or file in noted or to_and_fro:
                    continue
                known = found.get(file, Edit(file, sure=False))
                found[file] = Edit(file, known.sure or sure, known.whole and _ended(message))
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

    @cached_property
    def _tried(self) -> frozenset[str]:
        return frozenset(
            self._target(name, message)
            for message in self._messages
            for part in message.parts
            if isinstance(part, ToolPart) and part.tool in EDITORS and _ran(part)
            for name in _names(part)
        )

    def _noted_in(self, message: Message) -> frozenset[str]:
        """What a step that ended says it changed."""
        return self._patched(message) if _ended(message) else frozenset()

    def _patched(self, message: Message) -> frozenset[str]:
        patches = (part for part in message.parts if isinstance(part, PatchPart))
        return frozenset(self.place(file) for patch in patches for file in patch.files)

    def _done_in(self, message: Message) -> Mapping[str, bool]:
        """The files that completed calls of a step wrote, and whether each surely changed."""
        calls = [part for part in message.parts if isinstance(part, ToolPart) and _ran(part)]
        undisturbed = not any(map(_is_command, calls))  # or one took it back in the same step
        found: dict[str, bool] = {}
        for part in calls:
            if part.tool in EDITORS and part.state.status == "completed":
                for file in {self._target(name, message) for name in _names(part)}:
                    found[file] = undisturbed and file not in found and _is_sure(part)
        return found


def _ran(part: ToolPart) -> bool:
    """Whether a call can have written anything."""
    state = part.state
    if state.status != "error" or state.metadata.get("interrupted"):
        return state.status != "pending"
    # One file is written last of all; what touches several may fail between two of them.
    return part.tool not in ("edit", "write") and not state.error.startswith(_REFUSED)


def _is_command(part: Part) -> bool:
    """Whether a part is a call that can have written anything."""
    if not isinstance(part, ToolPart) or part.tool in _SILENT or part.tool in EDITORS:
        return False
    return _ran(part)


def _ended(message: Message) -> bool:
    return any(isinstance(part, StepFinishPart) for part in message.parts)


def _is_sure(part: ToolPart) -> bool:
    """Whether a completed call must have changed its file: an editor's old and new text differ."""
    return part.tool != "write" or part.state.metadata.get("exists") is False


def _names(part: ToolPart) -> Iterator[str]:
    """The files a call of an editor names, each in the server's and in the model's words."""
    given, metadata = part.state.input, part.state.metadata
    filediff = metadata.get("filediff")
    yield from _texts(given.get("filePath"), metadata.get("filepath"))
    yield from _texts(filediff.get("file") if isinstance(filediff, dict) else None)
    files = metadata.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict):
            yield from _texts(file.get("filePath"), file.get("movePath"))
    patch = given.get("patchText")
    for line in patch.splitlines() if isinstance(patch, str) else ():
        yield from (line[len(head) :].strip() for head in _PATCHED if line.startswith(head))


def _texts(*values: Any) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)
