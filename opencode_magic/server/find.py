"""Find a usable `opencode` on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import NotInstalledError, OpencodeError, StartError, UnsupportedError
from ..protocol.hosting import SECOND, check_runnable
from ..protocol.versions import INSTALL, major_of
from . import lastwords
from .asking import GIVE_UP_AFTER_S, AskedPrograms, ProgramAnswer
from .candidates import FoundProgram, candidates, own_copies, packaged_version, runnable
from .kept import SILENT, KnownVersions

_INSTALL = f"{INSTALL} (or opencode-magic install, for a copy of our own)"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Other:
    """Another `opencode` than the one that was found; `why` it is not used, "" where it could be.

    `earlier` is True where it comes first on the PATH.
    """

    path: Path
    why: str = ""
    version: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class Executable:
    """An `opencode` program and its version."""

    path: Path
    version: str
    others: tuple[Other, ...] = field(default=(), compare=False)
    """What else was looked at."""

    @property
    def passed_over(self) -> str:
        """In a line, what comes before it on the PATH and cannot be used; "" where nothing does."""
        return "; ".join(f"{o.path} {o.why}" for o in self.others if o.earlier and o.why)

    @property
    def beside(self) -> str:
        """In a line, programs of another major that could be used as well; "" for none."""
        major = major_of(self.version)
        others = [o for o in self.others if o.version and major_of(o.version) != major]
        return ", ".join(f"{o.path} is {o.version}" for o in others)


def find_opencode(
    explicit: str | None = None,
    *,
    run: bool = False,
    all_of_them: bool = False,
    progress: Progress = lambda _: None,
) -> Executable:
    """The program named, else the first one on PATH or our own copy that we can drive.

    Parameters
    ----------
    explicit:
        the path or name of the program; no other is looked at then.
    run:
        True asks each program itself. Else a version counts that was told before by the same
        file, or, where there is but one program, by its npm package.
    all_of_them:
        True waits for what each one says, also where the first is known to be good.
    progress:
        is told what is waited for.
    """
    there = [FoundProgram(_named(explicit))] if explicit else candidates(own_copies())
    paths = runnable(there)
    flawed = tuple(Other(c.path, c.flaw) for c in there if c.flaw)
    if not paths:
        why = "".join(f" ({other.path} {other.why})" for other in flawed)
        raise NotInstalledError(f"opencode is not on PATH{why}; install it with: {_INSTALL}")
    looked = _look_at(paths, run=run, all_of_them=all_of_them, progress=progress)
    return _chosen(paths, looked, flawed)


Looked = dict[Path, "str | OpencodeError"]
"""By path a version that we can drive, or what is wrong."""


def _look_at(paths: list[Path], *, run: bool, all_of_them: bool, progress: Progress) -> Looked:
    kept = KnownVersions()
    looked: Looked = {}
    if not run:
        looked = {path: version for path in paths if (version := _known(path, kept, paths))}

    def enough() -> bool:
        """Whether the first usable one is known; one that was silent before may be waited out."""
        looked.update({p: _judged(p, answer) for p, answer in questions.answers.items()})
        if all_of_them:
            return False
        for path in paths:
            if isinstance(looked.get(path), str):
                return True
            if path not in looked and (run or kept.get(path) != SILENT):
                return False
        return False

    asked = [path for path in paths if path not in looked]
    if asked:
        # To tell its version, a 2.x program makes its data folder where there is none: open to all.
        with suppress(StartError):  # told once a server is started
            SECOND.prepare_data(os.environ)
    with AskedPrograms(asked) as questions:
        questions.wait(enough, progress)
        enough()
        for path, answer in questions.answers.items():
            if answer.version or answer.silent:
                kept.put(path, answer.version or SILENT)
    return looked


def _known(path: Path, kept: KnownVersions, paths: list[Path]) -> str:
    """The version of a program without running it, where we can drive that; else ""."""
    # A broken program may lie in a good package: where another could be used, it is tried.
    known = kept.get(path) or (packaged_version(path) if len(paths) == 1 else "")
    return known if known and not isinstance(_checked(path, known), OpencodeError) else ""


def _chosen(paths: list[Path], looked: Looked, flawed: tuple[Other, ...]) -> Executable:
    good = next((path for path in paths if isinstance(looked.get(path), str)), None)
    if good is None:
        raise _none_of([looked[path] for path in paths if path in looked])
    earlier = paths[: paths.index(good)]
    others = [
        _other(path, looked[path], earlier=path in earlier)
        for path in paths
        if path != good and path in looked
    ]
    return Executable(good, str(looked[good]), (*others, *flawed))


def _other(path: Path, found: str | OpencodeError, *, earlier: bool) -> Other:
    if isinstance(found, str):
        return Other(path, version=found, earlier=earlier)
    why = found.message.partition("; ")[0].removeprefix(str(path)).lstrip(": ")
    return Other(path, why, earlier=earlier)


def _none_of(found: list[str | OpencodeError]) -> OpencodeError:
    """One error for all: of the kind, and with the way out, of the first."""
    errors = [error for error in found if isinstance(error, OpencodeError)]
    if len(errors) == 1:
        return errors[0]
    told = ", ".join(error.message.partition("; ")[0] for error in errors)
    way_out = errors[0].message.partition("; ")[2]
    return type(errors[0])(f"none of {len(errors)} programs can be used: {told}; {way_out}")


def _named(explicit: str) -> Path:
    # `which` also takes a path, and says no to a folder or a file without the execute bit.
    if found := shutil.which(str(Path(explicit).expanduser())):
        return Path(found).absolute()
    raise NotInstalledError(
        f"no program at {explicit!r}; correct the path or install opencode: {_INSTALL}"
    )


def _judged(path: Path, answer: ProgramAnswer) -> str | OpencodeError:
    """The version a program told, or what is wrong with it."""
    if answer.refused:
        return NotInstalledError(f"{path} cannot be run ({answer.refused}); install it: {_INSTALL}")
    if answer.version:
        return _checked(path, answer.version)
    if answer.silent:
        return NotInstalledError(
            f"{path} --version gave no answer in {GIVE_UP_AFTER_S:.0f} s; {_INSTALL}"
        )
    why = lastwords.reason(answer.said)
    if hint := lastwords.way_out(why):
        return StartError(f"{path} cannot start: {why}{hint}")
    said = (answer.said.strip() or "nothing").splitlines()[-1][:120]
    return NotInstalledError(f"{path} --version told no version but {said!r}; {_INSTALL}")


def _checked(path: Path, version: str) -> str | OpencodeError:
    try:
        check_runnable(version)
    except UnsupportedError as error:
        return UnsupportedError(f"{path}: {error.message}")
    return version
