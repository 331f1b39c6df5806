"""The way of calls from the thread of the MCP server to the main thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

NOBODY = (
    "No agent cell of the notebook runs now, so its kernel takes no calls. Call while a turn of "
    "the notebook runs."
)


@dataclass(frozen=True)
class ToolAnswer:
    """The answer of a tool: text, and a picture (of type `mime`) if there is one."""

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


class CallQueue:
    """The calls that wait. Once closed it refuses them in words, those that wait too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[KernelCall] = queue.SimpleQueue()
        self._is_open = False

    def open(self) -> None:
        """Accept calls from now on."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """Accept no more calls, and refuse those that wait."""
        with self._lock:
            self._is_open = False
        while (call := self.take()) is not None:
            call.answer.set_result(ToolAnswer(NOBODY, failed=True))

    def put(self, tool: str, arguments: Mapping[str, Any]) -> Future[ToolAnswer]:
        """Add a call, from any thread, and return its future answer."""
        call = KernelCall(tool, arguments)
        with self._lock:
            if self._is_open:
                self._waiting.put(call)
            else:
                call.answer.set_result(ToolAnswer(NOBODY, failed=True))
        return call.answer

    def take(self) -> KernelCall | None:
        """Return the call that has waited longest and is still wanted; None if there is none."""
        with suppress(queue.Empty):
            while True:
                call = self._waiting.get_nowait()
                if call.answer.set_running_or_notify_cancel():
                    return call
        return None
