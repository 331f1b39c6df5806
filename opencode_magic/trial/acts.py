"""What code would do outside of memory, in words, told by the events that Python audits."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_QUIET_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
MOST_CHARS = 100


def act(event: str, arguments: tuple[Any, ...]) -> str:
    """Return what an event would do outside, to follow "it would"; "" for what stays inside.

    Parameters
    ----------
    event, arguments:
        as an audit hook gets them; see the table of audit events in Python's documentation.
    """
    told = _ACTS.get(event)
    return told(*arguments) if told is not None else ""


def _name(thing: Any) -> str:
    """Return a file, an address or a program as part of a line."""
    try:
        text = os.fsdecode(thing) if isinstance(thing, str | bytes | os.PathLike) else repr(thing)
    except Exception:  # a stranger's __repr__
        text = type(thing).__name__
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"


def _open(path: Any, _mode: Any, flags: Any, *_: Any) -> str:
    if isinstance(path, int):  # it is open already
        return ""
    if isinstance(flags, int) and flags & _WRITES:
        return "" if path == os.devnull else f"write to {_name(path)}"
    return f"read from {_name(path)}" if _is_used_up(path) else ""


def _is_used_up(path: Any) -> bool:
    """Return whether reading takes something away, as from a pipe, a terminal or a device."""
    try:
        kind = Path(os.fsdecode(path)).stat().st_mode
    except (OSError, ValueError, TypeError):
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or path in _QUIET_DEVICES)


def _on(verb: str) -> Callable[..., str]:
    return lambda thing="", *_: f"{verb} {_name(thing)}"


def _on_second(verb: str) -> Callable[..., str]:
    return lambda _first, thing, *_: f"{verb} {_name(thing)}"


def _just(words: str) -> Callable[..., str]:
    return lambda *_: words


def _mkdir(path: Any, *_: Any) -> str:
    return "" if Path(os.fsdecode(path)).is_dir() else f"make the folder {_name(path)}"


def _kill(process: Any, *_: Any) -> str:
    return "" if process in (0, os.getpid()) else f"send a signal to process {process}"


def _database(path: Any, *_: Any) -> str:
    name = _name(path)
    inside = name in (":memory:", "") or "mode=memory" in name
    only_read = "mode=ro" in name or "immutable=1" in name
    return "" if inside or only_read else f"open the database {name}"


_ACTS: dict[str, Callable[..., str]] = {
    "open": _open,
    "sqlite3.connect": _database,
    "os.mkdir": _mkdir,
    "os.kill": _kill,
    "builtins.input": _just("ask for input"),
    "os.fork": _just("start another process"),
    "os.forkpty": _just("start another process"),
    "pty.spawn": _on("start"),
    "subprocess.Popen": _on("start"),
    "os.posix_spawn": _on("start"),
    "os.spawn": _on_second("start"),
    "os.exec": _on("start"),
    "os.system": _on("run the command"),
    "os.killpg": _on("send a signal to the process group"),
    "webbrowser.open": _on("open a browser at"),
    "socket.connect": _on_second("connect to"),
    "socket.sendto": _on_second("send to"),
    "socket.sendmsg": _on_second("send to"),
    "socket.bind": _on_second("listen at"),
    "socket.getaddrinfo": _on("look up the host"),
    "socket.gethostbyname": _on("look up the host"),
    "socket.gethostbyaddr": _on("look up the host"),
    "socket.sethostname": _on("rename the machine to"),
    "syslog.syslog": _just("write to the system's log"),
} | {
    event: _on(verb)
    for verb, events in {
        "remove": ("os.remove", "os.rmdir", "shutil.rmtree"),
        "rename": ("os.rename",),
        "move": ("shutil.move",),
        "copy": ("shutil.copyfile", "shutil.copytree"),
        "unpack": ("shutil.unpack_archive",),
        "pack": ("shutil.make_archive",),
        "link to": ("os.link", "os.symlink"),
        "cut off": ("os.truncate",),
        "change": (
            "os.chmod", "os.chown", "os.lchown", "os.utime", "os.setxattr", "os.removexattr",
            "shutil.chown", "shutil.copymode", "shutil.copystat",
        ),
    }.items()
    for event in events
}  # fmt: skip
