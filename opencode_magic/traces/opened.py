"""What a turn did to the file of the open notebook.

The page writes that file too, at any time: a change is the turn's only if one of its tools named
the file, or if the page could not have saved it like this.
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
    """Return the content of the file of a notebook; None where it cannot be read."""
    if path:
        with suppress(OSError):
            return Path(path).read_bytes()
    return None


def warning(
    name: str, before: bytes | None, after: bytes | None, authorship: Authorship, prompt: str
) -> str:
    """Return a warning about the open notebook after a turn; "" where the turn did not change it.

    Parameters
    ----------
    name:
        the name of the notebook.
    before, after:
        the content of its file when the turn began, and after it ended.
    authorship:
        what the turn can have written.
    prompt:
        the prompt in the notebook: whatever the page saves during the turn contains it.
    """
    if before == after:
        return ""
    if after is None:
        return GONE.format(name=name) if authorship.acts else ""
    # Where the file had the layout of Jupyter, a save by the page keeps it.
    laid_out = before is None or _is_jupyters(after) or not _is_jupyters(before)
    saved = laid_out and _holds(after, prompt)
    if authorship.wrote_notebook or (authorship.runs and not saved):
        return RELOAD.format(name=name)
    return ""


def _holds(data: bytes, prompt: str) -> bool:
    """Return whether it contains the cell that was running, as whatever its page saves does."""
    first = prompt.partition("\n")[0].strip()
    try:
        cells = json.loads(data)["cells"]
        return any(first in "".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError):
        return False


def _is_jupyters(data: bytes) -> bool:
    """Return whether it is laid out as Jupyter writes a notebook."""
    try:
        written = json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True)
        return data.decode() in (written, f"{written}\n")
    except ValueError:
        return False
