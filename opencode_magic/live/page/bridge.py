"""Clicks that reach a kernel while a cell runs.

A busy kernel handles no widget messages: ipykernel 7 forces those of a widget that was made by a
cell onto the shell that runs the cell, ipykernel 6 does not even read its socket. So we look at
every message as it comes off the shell's socket, copy those that are meant for our own widgets, and
hand all of them on as they are: none is swallowed, none overtakes another.
"""

from __future__ import annotations

import hmac
import itertools
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import zmq

from ...errors import UnforeseenError

Click = dict[str, Any]

MOST_NONCES = 1024  # clicks remembered to tell a repetition
MOST_CLICKS = 4096  # clicks kept for a driver that does not come for them
MOST_BYTES = 1_000_000  # of one message; ours carry a button's name and a few words
LONGEST_NONCE = 100
# ipykernel 7 hands messages to the main thread by a socket that holds 2000 of them, and then waits.
MOST_BEHIND = 500
WAKE_S = 0.25
MOST_AT_ONCE = 1000  # messages read in one go, so that a flood of them does not hold up the cell

_lock = threading.Lock()  # for putting a tap on a stream and taking it off


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
        self._tap: _Tap | None = None
        self._read = 0
        self._woken = 0.0
        self.why = "the bridge has not been opened"

    @property
    def works(self) -> bool:
        """True while clicks can arrive during a cell."""
        return not self.why

    def __enter__(self) -> ClickBridge:
        try:
            self.why = _unfit(self._kernel)
            if self.works:
                self._tap = _tap(self._kernel.shell_stream, self._look)
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
            _untap(self._kernel.shell_stream, self._tap, self._look)
            self._tap = None

    def watch(self, widget: Any) -> None:
        """Take the clicks of this widget, by the tap and by its own handler."""
        self._comm_ids.add(widget.comm.comm_id)
        widget.on_msg(self._on_msg)

    def unwatch(self, widget: Any) -> None:
        """Leave this widget's messages to its own handlers again."""
        self._comm_ids.discard(getattr(widget.comm, "comm_id", ""))
        widget.on_msg(self._on_msg, remove=True)

    def get_nowait(self) -> Click | None:
        """The oldest click not yet taken, or None."""
        self._pump()
        with self._arrived:
            return self._clicks.popleft() if self._clicks else None

    def drain(self) -> list[Click]:
        """All clicks since the last time, oldest first.

        UnforeseenError where a fault of ours has lost one: nobody must wait for it in vain.
        """
        self._pump()
        if self._tap is not None and self._tap.failure is not None:
            failure, self._tap.failure = self._tap.failure, None
            raise UnforeseenError("reading a click", failure)
        with self._arrived:
            found = list(self._clicks)
            self._clicks.clear()
        return found

    def holds(self, kind: str) -> bool:
        """Whether a click of this kind waits; it stays. From any thread."""
        self._pump()
        with self._arrived:
            return any(click.get("k") == kind for click in self._clicks)

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is a click, at most `timeout_s`; say whether there is one.

        An ipykernel 6 reads nothing while we wait: call with small timeouts, then `drain`.
        """
        with self._arrived:
            return self._arrived.wait_for(lambda: bool(self._clicks), timeout_s)

    def _pump(self) -> None:
        """Let the kernel read on where this thread, which is waiting in a cell, should do that.

        That is always so with ipykernel 6, whose stream lives on this very thread. An ipykernel 7
        reads on another, and stops when too much lies before this one: clicks would wait behind it.
        What is read here is only put in line, to be handled after the cell.
        """
        if self._tap is None or threading.current_thread() is not threading.main_thread():
            return
        if getattr(self._kernel, "shell_channel_thread", None) is None:
            self._kernel.shell_stream.flush(zmq.POLLIN, MOST_AT_ONCE)
            return
        self._wake()
        if self._tap.passed - self._read > MOST_BEHIND:
            stream = _main_stream(self._kernel)
            if stream is not None:
                self._read += stream.flush(zmq.POLLIN, MOST_AT_ONCE)

    def _wake(self) -> None:
        """Have an ipykernel 7 look at its shell channel again, on the thread that reads it.

        Before 7.4 it sends replies behind its stream's back. What comes at that very moment wakes
        nobody then, and nothing after it does: the kernel would hear no click any more.
        """
        loop, now = getattr(self._kernel.shell_stream, "io_loop", None), time.monotonic()
        if loop is not None and now - self._woken > WAKE_S:
            self._woken = now
            loop.add_callback(_read_what_waits, self._kernel.shell_stream)

    def _on_msg(self, _widget: Any, content: Any, _buffers: Any) -> None:
        self._put(content)

    def _look(self, message: list[Any]) -> None:
        """Copy a click out of a message of the shell channel, if it is one of ours."""
        comm_ids = self._comm_ids
        if comm_ids:
            content = _comm_content(self._kernel.session, message)
            comm_id = content.get("comm_id") if content is not None else None
            if content is not None and isinstance(comm_id, str) and comm_id in comm_ids:
                self._put(_custom(content.get("data")))

    def _put(self, click: Any) -> None:
        nonce = click.get("nonce") if isinstance(click, dict) else None
        if not isinstance(nonce, str) or not nonce or len(nonce) > LONGEST_NONCE:
            return
        with self._arrived:
            if nonce in self._nonces:
                return
            self._nonces[nonce] = None
            while len(self._nonces) > MOST_NONCES:
                self._nonces.popitem(last=False)
            self._clicks.append(click)
            self._arrived.notify_all()


class _Tap:
    """Stands as a stream's receive callback: shows messages to the bridges and hands them on."""

    def __init__(self, original: Callable[[list[Any]], Any]) -> None:
        self.original = original
        self.lookers: tuple[Callable[[list[Any]], None], ...] = ()
        self.failure: Exception | None = None
        self.passed = 0

    def __call__(self, message: list[Any]) -> Any:
        self.passed += 1
        for look in self.lookers:
            try:
                look(message)
            # Whatever a message holds and whatever we do wrong, the kernel must get it.
            except Exception as error:
                self.failure = error
        return self.original(message)


def _unfit(kernel: Any) -> str:
    """Why this kernel can not be tapped, or "". Each private name we use is looked for first."""
    if kernel is None:
        return "there is no kernel"
    stream, session = getattr(kernel, "shell_stream", None), getattr(kernel, "session", None)
    if stream is None:
        return "the kernel has no shell stream"
    if not callable(getattr(stream, "_recv_callback", None)):
        return "the kernel's shell stream has no receive callback that could be wrapped"
    if not callable(getattr(stream, "flush", None)):
        return "the kernel's shell stream cannot be flushed"
    if not all(callable(getattr(session, name, None)) for name in ("sign", "unpack")):
        return "the kernel's session cannot check signatures"
    return ""


def _read_what_waits(stream: Any) -> None:
    if not stream.closed():
        stream.flush(zmq.POLLIN, MOST_AT_ONCE)


def _main_stream(kernel: Any) -> Any:
    """Where the main thread of an ipykernel 7 reads from the thread of its shell channel, or None.

    Without it everything works but a click behind thousands of other messages.
    """
    manager = getattr(kernel.shell_channel_thread, "manager", None)
    pair_of = getattr(manager, "get_shell_channel_to_subshell_pair", None)
    stream = getattr(pair_of(None), "to_stream", None) if callable(pair_of) else None
    return stream if callable(getattr(stream, "flush", None)) else None


def _tap(stream: Any, look: Callable[[list[Any]], None]) -> _Tap:
    # One assignment, which is atomic: the stream's poller is not touched, so this need not run on
    # the stream's own thread and waits for nothing.
    with _lock:
        callback = stream._recv_callback
        tap = callback if isinstance(callback, _Tap) else _Tap(callback)
        tap.lookers = (*tap.lookers, look)
        stream._recv_callback = tap
    return tap


def _untap(stream: Any, tap: _Tap, look: Callable[[list[Any]], None]) -> None:
    with _lock:
        tap.lookers = tuple(one for one in tap.lookers if one != look)
        # Somebody else may have wrapped the tap meanwhile: then it stays, and only hands on.
        if not tap.lookers and stream._recv_callback is tap:
            stream._recv_callback = tap.original


DELIMITER = b"<IDS|MSG>"


def _comm_content(session: Any, message: list[Any]) -> Mapping[str, Any] | None:
    """The content of a properly signed `comm_msg`, else None.

    `session.deserialize` would do the same, but remembers signatures and takes the second reading
    of a message, the kernel's own, for a replay.
    """
    try:
        frames = [_bytes(frame) for frame in itertools.islice(message, 12)]
        start = frames.index(DELIMITER) + 1
        signature, *signed = frames[start : start + 5]
        header, _parent, _metadata, content = signed
        if b"comm_msg" not in header or len(content) > MOST_BYTES:
            return None
        if session.unpack(header).get("msg_type") != "comm_msg":
            return None
        # Without a key the session signs with b"" and checks nothing, as the kernel itself does.
        if not hmac.compare_digest(signature, session.sign(signed)):
            return None
        unpacked = session.unpack(content)
    except (ValueError, AttributeError, TypeError, UnicodeDecodeError, RecursionError):
        return None
    return unpacked if isinstance(unpacked, dict) else None


def _bytes(frame: Any) -> bytes:
    return bytes(frame) if isinstance(frame, bytes | bytearray | memoryview) else frame.bytes


def _custom(data: Any) -> Any:
    """What a widget's front end sent by `model.send`."""
    if isinstance(data, dict) and data.get("method") == "custom":
        return data.get("content")
    return None
