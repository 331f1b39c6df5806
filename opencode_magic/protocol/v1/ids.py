"""Ids of our own for a prompt, made so that the server's order by id stays true.

The server orders messages by id: 12 hex digits of milliseconds times 4096, then 14 characters by
chance. An id of ours must come after all that is there and before the answer, by the server's
clock, which may be another than ours: so it is the next one after the newest, and no clock is read.
"""

from __future__ import annotations

import secrets
import string

_STAMP = slice(4, 16)
_MOST = (1 << 48) - 1
_TAIL = string.digits + string.ascii_letters


def ids_after(newest: str, created_ms: float) -> tuple[str, str]:
    """Return ids for a message and its first part, both "" where the server must make them.

    Parameters
    ----------
    newest:
        the id of the session's newest message, "" where it has none.
    created_ms:
        when the session was created, by the server.
    """
    stamp = _next_stamp(newest) if newest else int(created_ms) * 4096 & _MOST
    if stamp is None:
        return "", ""
    return _made("msg", stamp), _made("prt", stamp)


def later_part_ids(first: str, count: int) -> list[str]:
    """Return ids for `count` parts in order, beginning with `first`; all are "" where it is ""."""
    if not first:
        return [""] * count
    stamp = int(first[_STAMP], 16)
    return [first, *(_made("prt", min(stamp + n, _MOST)) for n in range(1, count))]


def _next_stamp(newest: str) -> int | None:
    try:
        stamp = int(newest[_STAMP], 16) + 1
    except ValueError:  # somebody's own id
        return None
    return stamp if len(newest) >= _STAMP.stop and stamp <= _MOST else None


def _made(kind: str, stamp: int) -> str:
    tail = "".join(secrets.choice(_TAIL) for _ in range(14))
    return f"{kind}_{stamp:012x}{tail}"
