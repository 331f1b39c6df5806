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
    saved = _holds(after, prompt) and (before is None or _is_laid_out(after, like=before))
    if authorship.wrote_notebook or (authorship.runs and not saved):
        return RELOAD.format(name=name)
    return ""


def _holds(data: bytes, prompt: str) -> bool:
    """Whether the cell that was running is in it, as in whatever its page saves."""
    first = prompt.partition("\n")[0].strip()
    try:
        cells = json.loads(data)["cells"]
        return any(first in "".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError):
        return False


def _is_laid_out(data: bytes, *, like: bytes) -> bool:
    """Whether it is written in the manner of Jupyter, if the other one is."""
    return not _is_jupyters(like) or _is_jupyters(data)


def _is_jupyters(data: bytes) -> bool:
    try:
        written = json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True)
        return data.decode() in (written, f"{written}\n")
    except ValueError:
        return False
