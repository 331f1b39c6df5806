"""Interrupts that wait until something is done that must not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def held() -> Iterator[None]:
    """Let an interrupt strike only at the end of this."""
    if threading.current_thread() is not threading.main_thread():  # it is never interrupted
        yield
        return
    struck: list[FrameType | None] = []

    def note(_signal: int, frame: FrameType | None) -> None:
        struck.append(frame)

    before: Any = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)
    if struck:
        signal.raise_signal(signal.SIGINT)
