"""What a turn did to the file of the notebook that is open here.

The page writes that file as well, whenever it likes: what changed there is the turn's only if one
of its tools named the file, or if it is nothing that the page could have saved.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from .authorship import Authorship

RELOAD = (
    "`{name}` is the notebook you have open: reload it from disk before you save, or one of the "
    "two is lost. Ask for code instead, and `/insert` puts it into cells"
)
GONE = (
    "`{name}` is the notebook you have open, and its file is gone: save the notebook to have it "
    "again"
)


def contents(path: str) -> bytes | None:
    """What is in the file of a notebook; None where there is none that can be read."""
    if path:
        with suppress(OSError):
            return Path(path).read_bytes()
    return None


def warning(
    name: str, before: bytes | None, after: bytes | None, authorship: Authorship, prompt: str
) -> str:
    """What to know of the open notebook after a turn; "" where the turn did nothing to it.

    Parameters
    ----------
    name:
        the notebook as the user knows it.
    before, after:
        its file when the turn began, and when it had ended.
    authorship:
        what the turn can have written.
    prompt:
        what was asked in the notebook: whatever the page saves meanwhile holds it.
    """
    if before == after:
        return ""
    if after is None:
        return GONE.format(name=name) if authorship.acts else ""
    if authorship.wrote_notebook or (authorship.runs and not _is_of_page(after, prompt)):
        return RELOAD.format(name=name)
    return ""


def _is_of_page(data: bytes, prompt: str) -> bool:
    """Whether the page can have saved this: it then holds the cell that was running."""
    first = next(iter(prompt.split("\n")), "").strip()
    try:
        cells = json.loads(data)["cells"]
        return any(first in "".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError):
        return False
