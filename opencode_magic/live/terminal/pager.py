"""A long text in the user's pager, when they ask for it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


def page(text: str) -> bool:
    """Show text with our colours in $PAGER or `less`, until it is left; False where none starts."""
    try:
        command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    except ValueError:
        command = ["less"]
    # For less: let colours through, but nothing else that a terminal obeys.
    env = {**os.environ, "LESS": f"{os.environ.get('LESS', '')} -R".strip()}
    with _interrupts_are_the_pagers():
        try:
            subprocess.run(command, input=text.encode("utf-8", "replace"), env=env, check=False)
        except OSError:
            return False
    return True


@contextmanager
def _interrupts_are_the_pagers() -> Iterator[None]:
    """Ctrl-C reaches pager and kernel alike, but is meant for the pager."""

    def ignore(_signal: int, _frame: FrameType | None) -> None:
        """A handler, for a signal that is ignored would be so in the pager too."""

    before: Any = signal.signal(signal.SIGINT, ignore)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)
