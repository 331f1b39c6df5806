"""Which of the files that changed during a turn its tools can have written.

A server compares the whole folder before and after a step: what the user's editor, or the page that
shows the notebook, saves during it looks like the agent's work.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain, filterfalse
from pathlib import PurePath

from ..disk.places import real_place
from ..model.files import FileDiff
from ..model.messages import Message, Part, PatchPart, ToolPart
from ..model.transcript import Transcript
from ..render.paths import places_of
from ..text.shellreach import ShellReach
from .effects import Effect, effect

FRONT_END_FOLDERS = frozenset({".ipynb_checkpoints", ".virtual_documents"})
FRONT_END_FILES = (".jupyter_ystore.db*", ".~*")
"""What a Jupyter server writes beside open documents."""
PAIRED = frozenset({".py", ".md", ".Rmd", ".qmd", ".R", ".jl", ".myst"})
"""What jupytext writes beside a notebook whenever that is saved."""

_WORD = re.compile(r"[\s'\"=;|&()<>,\[\]{}]+")
_GLOB = re.compile(r"[*?]")


class Authorship:
    """The changed files of one or more turns, separated by who can have written them.

    Parameters
    ----------
    transcript:
        what was said and done, subagents' sessions included.
    notebook:
        the absolute path of the open notebook; "" where none is known.
    real:
        gives the real place of a path.
    """

    def __init__(
        self,
        transcript: Transcript,
        notebook: str = "",
        *,
        real: Callable[[str], str] = real_place,
    ) -> None:
        self._transcript = transcript
        self._notebook = real(notebook) if notebook else ""
        self._real = real
        self._folder, self.root = places_of(transcript)
        self._places: dict[str, str] = {}

    def wrote(self, path: str) -> bool:
        """Return whether a tool of the turn can have written this file.

        A tool must have named a file that the user's page saves by itself; any other file is the
        turn's if a tool that can write anything ran before the file changed.
        """
        return any(map(self._wrote_at, (self._place(path), self._own_place(path))))

    def _wrote_at(self, at: str) -> bool:
        return (
            at in self._edited
            or (not self._is_front_end(at) and self._is_of_unknown_reach(at))
            or self._is_named(at)
        )

    def _is_of_unknown_reach(self, at: str) -> bool:
        """Return whether a call that can write anything may have written the file."""
        if not self.root:  # an old server does not say where files are
            return self.acts
        return self.runs and (not self._patches or at in self._changed_since)

    def _is_named(self, at: str) -> bool:
        """Return whether a call that may have written the file names it."""
        return any(
            done.reach and names(done.text, at, folders=done.reach is ShellReach.NAMED)
            for done in self._all_effects
        )

    def named(self, path: str) -> bool:
        """Return whether this file was given to a tool that writes the files it names."""
        return self._place(path) in self._edited

    def saved_by_page(self, path: str) -> bool:
        """Return whether this is a file that a page saves by itself."""
        return self._is_front_end(self._place(path))

    def of_turn(self, diff: Iterable[FileDiff]) -> tuple[FileDiff, ...]:
        """Return the files of a server's diff that the turn can have written."""
        return tuple(changed for changed in diff if self.wrote(changed.file))

    def unnamed(self, diff: Iterable[FileDiff]) -> tuple[str, ...]:
        """Return other notebooks of a diff that a tool may have written without naming them."""
        found = ((changed.file, self._place(changed.file)) for changed in diff)
        return tuple(
            file
            for file, at in found
            if self.runs
            and self._is_front_end(at)
            and _is_document(PurePath(at))
            and at != self._notebook
            and at in self._changed_since
            and not self.wrote(file)
        )

    @property
    def wrote_notebook(self) -> bool:
        """True where a tool named the open notebook, and so can have written it."""
        return bool(self._notebook) and self.wrote(self._notebook)

    @property
    def runs(self) -> bool:
        """True where a tool ran that can have written any file."""
        return _runs(self._all_effects)

    @property
    def commands(self) -> bool:
        """True where a tool ran that can have written files it does not name."""
        return any(done.reach for done in self._all_effects)

    @property
    def acts(self) -> bool:
        """True where a tool ran that can have written some file."""
        return any(done.files or done.reach for done in self._all_effects)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The files that changed in a step and are the turn's, as the server names them."""
        return tuple(filter(self.wrote, self._changed))

    @cached_property
    def foreign(self) -> tuple[str, ...]:
        """The files that changed in a step and are not the turn's, as the server names them."""
        return tuple(filterfalse(self.wrote, self._changed))

    def _own_place(self, path: str) -> str:
        """Return where a file lies itself: a new link counts as a file of its own."""
        file = PurePath(os.path.normpath(PurePath(self.root, path)))
        return str(PurePath(self._place(str(file.parent)), file.name))

    def _place(self, path: str) -> str:
        if path not in self._places:
            self._places[path] = self._real(os.path.normpath(PurePath(self.root, path)))
        return self._places[path]

    def _is_front_end(self, at: str) -> bool:
        path = PurePath(at)
        return path.suffix == ".ipynb" or not _is_document(path) or at in self._paired

    @cached_property
    def _paired(self) -> frozenset[str]:
        if not self._notebook:
            return frozenset()
        notebook = PurePath(self._notebook)
        return frozenset(str(notebook.with_suffix(suffix)) for suffix in PAIRED)

    @cached_property
    def _steps(self) -> tuple[tuple[tuple[Part, str], ...], ...]:
        """The parts of each step of the session, each with its working folder.

        The parts of a subagent belong to the step that called it.
        """
        return tuple(tuple(self._parts(m)) for m in self._transcript.messages())

    def _parts(self, message: Message) -> Iterator[tuple[Part, str]]:
        folder = message.info.path.cwd or self._folder
        for part in message.parts:
            yield part, folder
            child = part.child if isinstance(part, ToolPart) else ""
            if child and child in self._transcript:
                for inner in self._transcript.messages(child):
                    yield from self._parts(inner)

    @cached_property
    def _effects(self) -> tuple[tuple[Effect, ...], ...]:
        """What the calls of each step can have done, files by their real places."""
        return tuple(
            tuple(self._effect(p, folder) for p, folder in parts if isinstance(p, ToolPart))
            for parts in self._steps
        )

    @property
    def _all_effects(self) -> Iterator[Effect]:
        return chain.from_iterable(self._effects)

    def _effect(self, part: ToolPart, folder: str) -> Effect:
        found = effect(part, self._transcript)
        files = (self._real(os.path.normpath(PurePath(folder, f))) for f in found.files)
        return replace(found, files=frozenset(files))

    @cached_property
    def _edited(self) -> frozenset[str]:
        return frozenset().union(*(done.files for done in self._all_effects))

    @cached_property
    def _patches(self) -> tuple[tuple[int, PatchPart], ...]:
        """The changes the server saw, each with the number of its step."""
        steps = enumerate(self._steps)
        return tuple((n, p) for n, parts in steps for p, _ in parts if isinstance(p, PatchPart))

    @cached_property
    def _changed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(file for _, patch in self._patches for file in patch.files))

    @cached_property
    def _changed_since(self) -> frozenset[str]:
        """The changes since the first step in which anything can have been written.

        Not only those in that step: a command may leave a process behind.
        """
        first = next(n for n, effects in enumerate(self._effects) if _runs(effects))
        changed = (patch.files for n, patch in self._patches if n >= first)
        return frozenset(map(self._place, chain.from_iterable(changed)))


def _is_document(path: PurePath) -> bool:
    """Return whether a file is none that a Jupyter server writes for itself."""
    hidden = any(fnmatchcase(path.name, pattern) for pattern in FRONT_END_FILES)
    return not hidden and not FRONT_END_FOLDERS & set(path.parts)


def _runs(effects: Iterable[Effect]) -> bool:
    return any(done.reach is ShellReach.ANYTHING for done in effects)


def names(text: str, path: str, *, folders: bool = False) -> bool:
    """Return whether a text names a file: by its name, a pattern that fits, or its folder's path.

    With `folders` the mere name of a folder counts: in a shell command it is a path.
    """
    file = PurePath(path)
    plain = text.replace("\\", "")  # as a shell reads it: `my\ notebook.ipynb`
    if any(_leads_to(found[1], file.parent) for found in _named(file.name).finditer(plain)):
        return True
    return any(_means(word, file, folders) for word in _WORD.split(plain) if word)


def _named(name: str) -> re.Pattern[str]:
    """Return a pattern for the name as a word of its own, with the folders before it."""
    return re.compile(rf"([^\s'\"=;|&()<>,]*/|(?<![\w.-])){re.escape(name)}(?![\w-]|\.\w)")


def _means(word: str, file: PurePath, folders: bool) -> bool:
    name = PurePath(word).name
    if _GLOB.search(name) and re.search(r"\w", name):
        # A pattern of a shell matches no hidden folder unless it names that.
        hidden = any(part.startswith(".") and part not in word for part in file.parts[-2:])
        return not hidden and fnmatchcase(file.name, name)
    if not folders and "/" not in word and not word.startswith("."):
        return False
    return any(_is_path(word, folder) for folder in file.parents)


def _leads_to(before: str, folder: PurePath) -> bool:
    """Return whether the folders before a name can be those of `folder`."""
    steps = PurePath(before).parts
    if not steps or re.search(r"[$~*?]", before) or ".." in steps:
        return True  # there are none, or they cannot be resolved here
    return _is_path(before, folder)


def _is_path(said: str, folder: PurePath) -> bool:
    """Return whether `said`, whole or from some folder on, is the path of `folder`."""
    steps = PurePath(said).parts
    return bool(steps) and ".." not in steps and folder.parts[-len(steps) :] == steps
