"""Searches of text in the files of this machine, by ripgrep."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

from ..errors import InputError, ServerError

NAME = "rg"
TIMEOUT_S = 30.0
_OPTIONS = ("--json", "--no-config", "--hidden", "--no-messages", "--sort=path")
_LEFT_OUT = ("!.git", "!.env", "!.env.*", "!*.env")
"""What is not searched: git's own files, and those whose whole point is to hold keys."""
_FAILED = 2
"""What ripgrep exits with where it could not search, or not everywhere."""


def search(folder: Path, pattern: str, *, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Return the first lines that match in files that git does not ignore, as ripgrep tells them.

    Parameters
    ----------
    folder:
        where to search; the paths of what is found are relative to it.
    pattern:
        a regular expression of ripgrep's.
    limit:
        how many lines at most.

    Raises
    ------
    InputError
        the pattern is no regular expression.
    ServerError
        there is no ripgrep, or it does not come to an end.
    """
    program = shutil.which(NAME)
    if program is None:
        raise ServerError("text is searched by ripgrep, which this machine lacks: install `rg`")
    globs = [word for glob in _LEFT_OUT for word in ("--glob", glob)]
    command = [program, *_OPTIONS, *globs, "--regexp", pattern, "--", "."]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=folder, stdin=nothing, stdout=pipe, stderr=nothing
    ) as process:
        too_long = Timer(TIMEOUT_S, process.kill)
        too_long.start()
        try:
            assert process.stdout is not None, "it was asked for"
            found = tuple(islice(_matches(process.stdout), limit))
            status = process.wait() if len(found) < limit else 0
        finally:
            too_long.cancel()
            process.kill()
    if status < 0:
        words = f"ripgrep did not come to an end in {TIMEOUT_S:g} s; a narrower pattern may"
        raise ServerError(words)
    if status == _FAILED and not found and not _reads(program, pattern):
        raise InputError(
            f"{pattern!r} is no regular expression that ripgrep reads: it has no look-around "
            "and no back-references, and a sign such as ( is found with \\ before it"
        )
    return found


def _matches(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        told = json.loads(line)
        if told.get("type") == "match":
            yield told["data"]


def _reads(program: str, pattern: str) -> bool:
    """Return whether ripgrep can read a pattern; it is given nothing to search."""
    command = [program, "--no-config", "--quiet", "--regexp", pattern, "-"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.returncode != _FAILED
