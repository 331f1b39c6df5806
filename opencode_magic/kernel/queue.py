"""Hands calls from the thread of the MCP server to the main thread, while that takes them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

NOBODY = (
    "No agent cell of the notebook runs now, so its kernel takes no calls. Call while a turn of "
    "the notebook runs."
)


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool gives back: words, and a PNG or another picture where there is one."""

    text: str
    failed: bool = False
    picture: bytes = b""
    mime: str = ""


@dataclass(frozen=True)
class KernelCall:
    """A call that waits for the main thread."""

    tool: str
    arguments: Mapping[str, Any]
    answer: Future[ToolAnswer] = field(default_factory=Future)


class Desk:
    """Where calls wait. Closed, it refuses them in words; closing refuses those that wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[KernelCall] = queue.SimpleQueue()
        self._is_open = False

    def open(self) -> None:
        """Take calls from now on."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """Take no more, and refuse those that wait."""
        with self._lock:
            self._is_open = False
        while (call := self.take()) is not None:
            call.answer.set_result(ToolAnswer(NOBODY, failed=True))

    def put(self, tool: str, arguments: Mapping[str, Any]) -> Future[ToolAnswer]:
        """Leave a call here, from any thread."""
        call = KernelCall(tool, arguments)
        with self._lock:
            if self._is_open:
                self._waiting.put(call)
            else:
                call.answer.set_result(ToolAnswer(NOBODY, failed=True))
        return call.answer

    def take(self) -> KernelCall | None:
        """The call that waits longest and is still wanted; None without one."""
        while True:
            try:
                call = self._waiting.get_nowait()
            except queue.Empty:
                return None
            if call.answer.set_running_or_notify_cancel():
                return call
