"""The exception tree. Every message is one line: what happened, with which thing, what to do next.

OpencodeError
├── InputError            what was typed cannot be used; nothing was sent
├── NotInstalledError     no usable opencode on this machine
├── StartError            the managed server did not come up
├── UnguardedError        the server's rules would let something happen unasked
├── ConnectError          no usable answer
│   ├── UnreachableError      nothing listens, or the line broke
│   ├── UnauthorizedError     the password is missing or wrong
│   ├── NotOpencodeError      something else answers: a web page, another API
│   ├── ChangedError          another version of OpenCode answers than before
│   └── UnsupportedError      a server whose version or dialect we cannot drive
├── ServerError           the server answered with an error
│   ├── NotFoundError         no such session, message, permission, ...
│   ├── UnreadableError       the server cannot read what it found in a file
│   └── BusyError             the session runs a turn
├── TurnError             a turn could not be carried through
│   ├── ModelError            the model failed, and said why
│   ├── FormError             the answer is not of the form that was asked for
│   └── UnaskedError          one of many prompts whose turn has not come
└── UnforeseenError       a fault of opencode_magic itself
"""

from __future__ import annotations

from collections.abc import Callable


class OpencodeError(Exception):
    """The root. Shown in a notebook as its one line, without a traceback."""

    def __init__(self, message: str) -> None:
        # A file name in it may not be UTF-8, and could then not be printed.
        message = message.encode("utf-8", "backslashreplace").decode()
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def _render_traceback_(self) -> list[str]:
        """Return the one line that IPython prints instead of a traceback."""
        # The message may quote a server; a terminal must not obey control characters in it.
        visible = "".join(c if c.isprintable() else " " for c in self.message)
        return [f"opencode: {visible}"]


class InputError(OpencodeError):
    """What was typed cannot be used; nothing was sent."""


class NotInstalledError(OpencodeError):
    """No usable opencode on this machine."""


class StartError(OpencodeError):
    """The managed server did not come up."""


class UnguardedError(OpencodeError):
    """The server's effective rules would let something happen unasked."""


class ConnectError(OpencodeError):
    """No usable answer from the address."""


class UnreachableError(ConnectError):
    """Nothing listens there, or the line broke.

    `sent` is False where the request cannot have arrived; `timed_out` is True where the wait was
    given up.
    """

    def __init__(self, message: str, *, sent: bool = True, timed_out: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out


class UnauthorizedError(ConnectError):
    """The password is missing or wrong."""


class NotOpencodeError(ConnectError):
    """Something else answers: a web page, another API."""


class ChangedError(ConnectError):
    """Another version of OpenCode answers than before; from now on it is spoken to as that."""


class UnsupportedError(ConnectError):
    """A server whose version or dialect we cannot drive."""


class ServerError(OpencodeError):
    """The server answered with an error.

    `status` is the HTTP status, `name` the server's own name for the error and `said` its own words
    ("" if it gave none).
    """

    def __init__(self, message: str, *, status: int = 0, name: str = "", said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.said = said


class NotFoundError(ServerError):
    """No such session, message, permission or question."""


class UnreadableError(ServerError):
    """The server cannot read what it found: text that is not UTF-8, or a very long line."""


class BusyError(ServerError):
    """The session runs a turn already."""


class TurnError(OpencodeError):
    """A turn could not be carried through."""


class ModelError(TurnError):
    """The model failed; `reply` is the server's message with its error and what came before."""

    def __init__(self, message: str, *, reply: object = None) -> None:
        super().__init__(message)
        self.reply = reply


class FormError(TurnError):
    """The answer is not of the form that was asked for.

    `raw` is the value as it came, None if there was none; `reply` is the turn.
    """

    def __init__(self, message: str, *, raw: object = None, reply: object = None) -> None:
        super().__init__(message)
        self.raw = raw
        self.reply = reply


class UnaskedError(TurnError):
    """One of many prompts whose turn has not come, or was stopped."""


class UnforeseenError(OpencodeError):
    """A fault of opencode_magic itself; the original exception is its `__cause__`.

    Parameters
    ----------
    doing:
        what we were doing, as in "reading a click".
    redact:
        takes secrets out of the words of `cause`.
    """

    def __init__(
        self, doing: str, cause: Exception, redact: Callable[[str], str] = lambda text: text
    ) -> None:
        said = redact(f"{type(cause).__name__}: {cause}")
        super().__init__(
            f"a fault of opencode_magic itself, {doing} ({said}); please report it, with the "
            "traceback of this error's `__cause__`"
        )
        self.__cause__ = cause
