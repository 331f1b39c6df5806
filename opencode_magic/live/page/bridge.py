"""Clicks that reach a kernel while a cell runs.

A busy kernel handles no widget messages: ipykernel 7 forces those of a widget that was made by a
cell onto the shell that runs the cell, ipykernel 6 does not even read its socket. So we look at
every message as it comes off the shell's socket (`private`), copy those that are meant for our own
widgets, and hand all of them on as they are: none is swallowed, none overtakes another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from types import TracebackType
from typing import Any

from ...errors import UnforeseenError
from .private import ShellTap, comm_content, custom, unfit

Click = dict[str, Any]

MOST_NONCES = 1024  # messages remembered to tell a repetition
MOST_CLICKS = 4096  # clicks kept for a driver that does not come for them
LONGEST_NONCE = 100


class ClickBridge:
    """What the reader clicked in our widgets, while the cell that shows them still runs.

    >>> with ClickBridge(kernel) as bridge:
    ...     bridge.watch(view)
    ...     for click in bridge.drain(): ...

    The same click may also come by the widget's own `on_msg`; its nonce tells. Nothing of ours
    runs where a click arrives: it is only put in a queue. `works` says whether this kernel can be
    tapped, `why` the reason where it can not.
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the stream as it was. Closing twice is fine."""
        self.why = "the bridge is closed"
        if self._tap is not None:
            self._tap.close()
            self._tap = None

    def watch(self, widget: Any) -> None:
        """Take the clicks of this widget, by the tap and by its own handler."""
        self._comm_ids.add(widget.comm.comm_id)
        widget.on_msg(self._on_msg)

    def unwatch(self, widget: Any) -> None:
        """Leave this widget's messages to its own handlers again."""
        self._comm_ids.discard(getattr(widget.comm, "comm_id", ""))
        widget.on_msg(self._on_msg, remove=True)

    def drain(self) -> list[Click]:
        """All clicks since the last time, oldest first.

        UnforeseenError where a fault of ours has lost one: nobody must wait for it in vain.
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
        """Whether a click of this kind waits; it stays. From any thread."""
        self._read_on()
        with self._arrived:
            return any(click.get("k") == kind for click in self._clicks)

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is a click, at most `timeout_s`; say whether there is one.

        An ipykernel 6 reads nothing while we wait: call with small timeouts, then `drain`.
        """
        with self._arrived:
            return self._arrived.wait_for(lambda: bool(self._clicks), timeout_s)

    def _read_on(self) -> None:
        if self._tap is not None:
            self._tap.read_on()

    def _on_msg(self, _widget: Any, content: Any, _buffers: Any) -> None:
        self._put(content)

    def _look(self, message: list[Any]) -> None:
        """Copy a click out of a message of the shell channel, if it is one of ours."""
        comm_ids = self._comm_ids
        if comm_ids:
            content = comm_content(self._kernel.session, message)
            comm_id = content.get("comm_id") if content is not None else None
            if content is not None and isinstance(comm_id, str) and comm_id in comm_ids:
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
    """Return whether a message has not come before, by tap or widget, and remember that it has."""
    if nonce in known:
        return False
    known[nonce] = None
    while len(known) > MOST_NONCES:
        known.popitem(last=False)
    return True
