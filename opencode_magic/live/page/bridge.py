"""Clicks that reach a kernel while a cell runs.

A busy kernel handles no widget messages: ipykernel 7 sends those of a widget that a cell made to
the very shell that runs the cell, and ipykernel 6 does not even read its socket. So every message
is seen as it comes off the shell's socket (`private`); those for our own widgets are copied, and
all are passed on as they are: none is swallowed, none overtakes another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Any

from ...errors import UnforeseenError
from .private import ShellTap, comm_content, custom, unfit

Click = dict[str, Any]

MOST_NONCES = 1024  # messages remembered to recognise a repetition
MOST_CLICKS = 4096  # clicks kept for a driver that does not fetch them
LONGEST_NONCE = 100


class ClickBridge:
    """The clicks of the reader in our widgets, while the cell that shows them still runs.

    >>> with ClickBridge(kernel) as bridge:
    ...     bridge.watch(view)
    ...     for click in bridge.drain(): ...

    The same click may also come by the widget's own `on_msg` and is recognised by its nonce. A
    click is only put in a queue where it arrives; nothing else of ours runs there. `works` says
    whether this kernel can be tapped, `why` the reason if it cannot.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._comm_ids: set[str] = set()
        self._clicks: deque[Click] = deque(maxlen=MOST_CLICKS)
        self._nonces: OrderedDict[str, None] = OrderedDict()
        self._arrived = threading.Condition()
        self._tap: ShellTap | None = None
        self.why = "the bridge has not been opened"

    @property
    def works(self) -> bool:
        """True while clicks can arrive during a cell."""
        return not self.why

    def __enter__(self) -> ClickBridge:
        try:
            self.why = unfit(self._kernel)
            if self.works:
                self._tap = ShellTap(self._kernel, self._look)
                self._tap.open()
        except BaseException:  # an interrupt must not leave the tap behind
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the stream as it was. Closing twice is fine."""
        self.why = "the bridge is closed"
        if self._tap is not None:
            self._tap.close()
            self._tap = None

    def watch(self, *widgets: Any) -> None:
        """Take the clicks of these widgets, by the tap and by their own handlers. None is fine."""
        for widget in filter(None, widgets):
            self._comm_ids.add(widget.comm.comm_id)
            widget.on_msg(self._on_msg)

    def unwatch(self, *widgets: Any) -> None:
        """Leave the messages of these widgets to their own handlers again. None is fine."""
        for widget in filter(None, widgets):
            self._comm_ids.discard(getattr(widget.comm, "comm_id", ""))
            widget.on_msg(self._on_msg, remove=True)

    def drain(self) -> list[Click]:
        """Return all clicks since the last time, oldest first.

        Raise an UnforeseenError if a fault of ours has lost one: nobody must wait for it in vain.
        """
        self._read_on()
        if self._tap is not None and self._tap.failure is not None:
            failure, self._tap.failure = self._tap.failure, None
            raise UnforeseenError("reading a click", failure)
        with self._arrived:
            found = list(self._clicks)
            self._clicks.clear()
        return found

    def holds(self, kind: str) -> bool:
        """Return whether a click of this kind waits, and leave it there. From any thread."""
        self._read_on()
        with self._arrived:
            return any(click.get("k") == kind for click in self._clicks)

    def wait(self, timeout_s: float) -> bool:
        """Wait at most `timeout_s` for a click, and return whether there is one.

        An ipykernel 6 reads nothing while we wait: use small timeouts, then `drain`.
        """
        with self._arrived:
            return self._arrived.wait_for(lambda: bool(self._clicks), timeout_s)

    def _read_on(self) -> None:
        if self._tap is not None:
            self._tap.read_on()

    def _on_msg(self, _widget: Any, content: Any, _buffers: Any) -> None:
        self._put(content)

    def _look(self, message: list[Any]) -> None:
        """Copy a click of ours from a message of the shell channel."""
        if self._comm_ids:
            content = comm_content(self._kernel.session, message) or {}
            comm_id = content.get("comm_id")
            if isinstance(comm_id, str) and comm_id in self._comm_ids:
                self._put(custom(content.get("data")))

    def _put(self, click: Any) -> None:
        nonce = click.get("nonce") if isinstance(click, dict) else None
        if not isinstance(nonce, str) or not nonce or len(nonce) > LONGEST_NONCE:
            return
        with self._arrived:
            if not is_new(nonce, self._nonces):
                return
            self._clicks.append(click)
            self._arrived.notify_all()


def is_new(nonce: str, known: OrderedDict[str, None]) -> bool:
    """Return whether a message comes for the first time, and remember it."""
    if nonce in known:
        return False
    known[nonce] = None
    while len(known) > MOST_NONCES:
        known.popitem(last=False)
    return True
