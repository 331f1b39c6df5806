"""Every undocumented part of ipykernel, pyzmq and jupyter_client that the page uses.

Each function names what it uses, where that is defined upstream, and what happens if it is missing.
All were seen on ipykernel 6.29, 6.30 and 7.0 to 7.4 with pyzmq 26 and 27. Nothing here asks for a
version: a name is looked for first. Of JupyterLab only the names of its classes are used, in
`front/*.css` and `front/*.js` (`jp-OutputArea`, `jp-CodeCell`, `jp-RenderedHTMLCommon`; seen on 4.2
to 4.6): without them a turn is styled more plainly, and its hidden copy is visible beside it.
"""

from __future__ import annotations

import hmac
import itertools
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import zmq

from ...kernel.private import reads_on_main_thread
from ...signals import on_main_thread

MOST_BYTES = 1_000_000  # of one message; ours carry a button's name and a few words
# ipykernel 7 hands messages to the main thread by a socket that holds 2000 of them, and then waits.
MOST_BEHIND = 500
MOST_AT_ONCE = 1000  # messages read in one go, so that a flood of them does not hold up the cell
WAKE_S = 0.25

Look = Callable[[list[Any]], None]

_lock = threading.Lock()  # for putting a tap on a stream and taking it off


def nobody_answers(kernel: Any) -> bool:
    """Return whether a runner without a person executes the cell: nbclient, papermill and others.

    `Kernel._allow_stdin` (ipykernel/kernelbase.py) is what the execute request said. If it is
    missing, somebody is assumed to be there.
    """
    return getattr(kernel, "_allow_stdin", True) is False


# What jupyter_client's own session makes: the session, the client's process, a number.
_PYTHON_CLIENT = re.compile(r"(?P<session>.+)_\d+_\d+")


def shows_text_only(kernel: Any) -> bool:
    """Return whether this is `jupyter console` or the like: widgets as their repr, and no updates.

    Nothing says so. But they are written in Python on jupyter_client, which numbers its messages in
    a way of its own (`Session.msg_id`, jupyter_client/session.py; seen on 7.4 and 8.x), and they
    have no cells: clients with cells name theirs in the metadata. If something of it is missing, it
    is a page.
    """
    with suppress(AttributeError, TypeError, LookupError):
        request = kernel.get_parent()
        header = request["header"]
        found = _PYTHON_CLIENT.fullmatch(str(header["msg_id"]))
        is_python = found is not None and found["session"] == header["session"]
        return is_python and not request.get("metadata")
    return False


def unfit(kernel: Any) -> str:
    """Return why this kernel cannot be tapped, or "". Each private name is looked for first."""
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


class ShellTap:
    """Calls `look` with each message as it comes off a kernel's shell socket, and passes it on.

    A stream gives messages to `ZMQStream._recv_callback` (zmq/eventloop/zmqstream.py). That is
    replaced by one that looks first: `on_recv` would do the same, but also touch the poller, from a
    thread that is not the stream's. If something of this is missing, `unfit` says so, and questions
    wait for a line that is typed.

    The tap is needed because no release handles a widget's messages while its thread runs a cell
    (ipykernel issues 311 and 646), and since 7.4 no subshell handles those of a widget that a cell
    made either (`_reply_subshell_for` in ipykernel/kernelbase.py).
    """

    def __init__(self, kernel: Any, look: Look) -> None:
        self.failure: Exception | None = None
        """The last error while looking."""
        self._kernel = kernel
        self._stream = kernel.shell_stream
        self._look = look
        self._callback: _Callback | None = None
        self._passed = self._read = 0
        self._woken = 0.0

    def open(self) -> None:
        """Begin to look. An interrupt in here leaves nothing that `close` does not undo."""
        # The last assignment is atomic and does not touch the stream's poller, so this need not run
        # on the stream's own thread, and waits for nothing.
        with _lock:
            callback = self._stream._recv_callback
            ours = callback if isinstance(callback, _Callback) else _Callback(callback)
            self._callback = ours
            ours.lookers = (*ours.lookers, self._see)
            self._stream._recv_callback = ours

    def close(self) -> None:
        """Leave the stream as it was."""
        callback = self._callback
        if callback is None:
            return
        with _lock:
            callback.lookers = tuple(one for one in callback.lookers if one != self._see)
            # Somebody else may have wrapped ours meanwhile: then it stays, and only passes on.
            if not callback.lookers and self._stream._recv_callback is callback:
                self._stream._recv_callback = callback.original

    def _see(self, message: list[Any]) -> None:
        self._passed += 1
        try:
            self._look(message)
        # The kernel must get the message whatever it holds and whatever we do wrong.
        except Exception as error:
            self.failure = error

    def read_on(self) -> None:
        """Let the kernel read on where that is the task of this thread, which waits in a cell.

        With ipykernel 6 it always is, because the stream lives on this thread. An ipykernel 7 reads
        on another one, and stops when too much waits for this one, and clicks behind it. What is
        read here is only queued, to be handled after the cell.
        """
        if not on_main_thread():
            return
        if reads_on_main_thread(self._kernel):
            self._stream.flush(zmq.POLLIN, MOST_AT_ONCE)
            return
        self._wake()
        if self._passed - self._read > MOST_BEHIND:
            stream = _main_stream(self._kernel)
            if stream is not None:
                self._read += stream.flush(zmq.POLLIN, MOST_AT_ONCE)

    def _wake(self) -> None:
        """Make an ipykernel 7 look at its shell channel again, on the thread that reads it.

        Before 7.4 it sends replies without its stream's knowledge. A message that comes at that
        moment wakes nobody, nor do those after it: the kernel would receive no more clicks. If
        `ZMQStream.io_loop` is missing, nothing is done about it.
        """
        loop, now = getattr(self._stream, "io_loop", None), time.monotonic()
        if loop is not None and now - self._woken > WAKE_S:
            self._woken = now
            loop.add_callback(_read_what_waits, self._stream)


class _Callback:
    """A stream's receive callback that shows messages to all taps and passes them on."""

    def __init__(self, original: Callable[[list[Any]], Any]) -> None:
        self.original = original
        self.lookers: tuple[Look, ...] = ()

    def __call__(self, message: list[Any]) -> Any:
        for look in self.lookers:
            look(message)
        return self.original(message)


def _read_what_waits(stream: Any) -> None:
    if not stream.closed():
        stream.flush(zmq.POLLIN, MOST_AT_ONCE)


def _main_stream(kernel: Any) -> Any:
    """Return the stream from an ipykernel 7's shell channel thread to its main thread, or None.

    `SubshellManager.get_shell_channel_to_subshell_pair` (ipykernel/subshell_manager.py). Without it
    everything works except a click behind thousands of other messages.
    """
    manager = getattr(kernel.shell_channel_thread, "manager", None)
    pair_of = getattr(manager, "get_shell_channel_to_subshell_pair", None)
    stream = getattr(pair_of(None), "to_stream", None) if callable(pair_of) else None
    return stream if callable(getattr(stream, "flush", None)) else None


def comm_content(session: Any, message: list[Any]) -> Mapping[str, Any] | None:
    """Return the content of a properly signed `comm_msg`, else None.

    The frames are those of Jupyter's wire protocol 5. `Session.deserialize` would do the same, but
    remembers signatures, and would take the kernel's own reading of the message for a replay: so
    `sign` and `unpack` (jupyter_client/session.py) are used.
    """
    try:
        frames = [_bytes(frame) for frame in itertools.islice(message, 12)]
        start = frames.index(b"<IDS|MSG>") + 1
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


def custom(data: Any) -> Any:
    """Return what a widget's front end sent by `model.send` (ipywidgets' protocol 2.1), or None."""
    if isinstance(data, dict) and data.get("method") == "custom":
        return data.get("content")
    return None
