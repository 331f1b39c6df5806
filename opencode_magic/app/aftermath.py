"""Tell in words what still runs after commands were stopped.

The guard of our own server ends what a stopped command has started (see server/leftovers.js). Here
it is looked at, and what goes on all the same, or was left running on purpose, is named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from ..model.messages import ToolPart
from ..server.leftovers import LOOKS, Leftover, left_running
from ..text.visible import one_line
from ..turns.turn import Turn
from .links import Link

END_WITHIN_S = 9.0  # the guard asks for 2 s, then kills
LOOK_S = 0.05
MOST = 5  # named


def still_running(link: Link | None, turn: Turn) -> tuple[str, ...]:
    """Return notes on what runs after a turn in which something was stopped; else none.

    Waits until the guard has done what it can.
    """
    stopped = {part.call_id for part in commands_of(turn) if was_stopped(part)}
    if link is None or not (stopped or turn.state == "stopped"):
        return ()
    if link.managed is not None and LOOKS:
        found = _when_ended(link.managed.pid, stopped)
        return tuple(_words(found, stopped, turn.seconds, link.client.redact))
    if not stopped:
        return ()
    where = "this system cannot tell" if link.managed else "it is on a server we do not manage"
    unseen = f"what the stopped command had started in the background may go on: {where}, so "
    return (f"{unseen}nothing here can look for it; `ps` shows what runs",)


def commands_of(turn: Turn) -> Iterator[ToolPart]:
    """Yield every shell command of a turn, its subagents' too."""
    for message in turn.transcript.by_id.values():
        for part in message.parts:
            if isinstance(part, ToolPart) and part.kind == "shell":
                yield part


def was_stopped(part: ToolPart) -> bool:
    """Return whether a started command was ended from outside: by an abort, or its time limit."""
    state = part.state
    if state.status == "error":
        return state.interrupted
    if state.killed is not None:
        return state.killed
    # A command of the user's own: no exit code is told of it.
    return "User aborted the command" in state.output[-200:]


def _when_ended(server: int, stopped: set[str]) -> list[Leftover]:
    """Return what runs once the guard has ended what belongs to these calls, or could not."""
    until = time.monotonic() + END_WITHIN_S
    found = left_running(server)
    try:
        while any(left.call in stopped for left in found) and time.monotonic() < until:
            time.sleep(LOOK_S)
            found = left_running(server)
    except KeyboardInterrupt:  # the user does not want to wait: what runs now is told
        pass
    return found


def _words(
    found: Sequence[Leftover], stopped: set[str], seconds: float, redact: Callable[[str], str]
) -> Iterator[str]:
    resisting = [left for left in found if left.call in stopped]
    if resisting:
        yield f"could not be ended with the command that was stopped: {_named(resisting, redact)}"
    done = [left for left in found if left.call and left.call not in stopped and not left.under_way]
    if done:
        yield (
            f"still running, left by a command that had ended by itself: {_named(done, redact)}; "
            "`kill PROCESS` ends it"
        )
    unknown = [left for left in found if not left.call and left.age_s <= seconds]
    if unknown:
        yield f"still running, perhaps started by this turn: {_named(unknown, redact)}"


def _named(found: Sequence[Leftover], redact: Callable[[str], str]) -> str:
    shown = (
        f"`{one_line(redact(left.command).replace('`', chr(39)), chars=100)}` (process {left.pid})"
        for left in found[:MOST]
    )
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return ", ".join(shown) + more
