"""Files kept as they are while a server rolls a session back: it would take them back as well."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .disk import Folder, UntouchableError
from .errors import InputError, OpencodeError


@contextmanager
def kept(files: Collection[str], folder: Folder) -> Iterator[None]:
    """Keep the bytes of these files, and that one is not there, whatever is done inside.

    InputError, and nothing is done, where one of them could not be put back exactly.
    """
    before = {}
    for file in files:
        try:
            before[file] = folder.read(file)
        except UntouchableError as error:
            raise InputError(
                f"{file} changed during the turn, but not by its tools, and the server would take "
                f"it back with them: it cannot be kept as it is ({error}); nothing was done"
            ) from error
    try:
        yield
    finally:
        lost = []
        for file, seen in before.items():
            try:
                folder.put_back(file, seen)
            except UntouchableError as error:
                lost.append(f"{file} ({error})")
        if lost:
            raise OpencodeError(f"not as it was before, and could not be kept: {', '.join(lost)}")
