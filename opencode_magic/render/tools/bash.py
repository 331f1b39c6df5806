"""A shell command with its output."""

from __future__ import annotations

import re

from ...text.amounts import seconds_words
from ...text.visible import as_text, one_line, size_words
from ..blocks import Block, Notice, State
from .call import ToolCall, ToolLook, exact, printed

_TIMEOUT = re.compile(r"after exceeding timeout (\d{1,12}) ms")
_ONLY_THE_END = "...\n\n"
_NOTHING = "(no output)"


def look(call: ToolCall) -> ToolLook:
    """Describe a command."""
    command = call.text("command")
    said = as_text(call.meta("output")) or call.output
    nothing = said[:20].strip() == _NOTHING
    state, ended = _end(call)
    where = call.path("run in")
    details = (
        f"in {where}" if where not in ("", ".") else "",
        ended,
        "no output" if nothing and not ended else "",
    )
    # The row names the command; below it is what one line cannot show.
    whole = exact(f"$ {command}", "console") if one_line(command) != command.strip() else ()
    body = (*whole, *(() if nothing else _output(call, said)))
    detail = ", ".join(filter(None, details))
    return ToolLook("Run", command or call.title, detail, body, state)


def _end(call: ToolCall) -> tuple[State | None, str]:
    """Return how it ended if that is known, and in words what was unusual."""
    code = call.number("exit code")
    if not call.part.state.killed:
        return None, f"exit code {code}" if code else ""
    late = _TIMEOUT.search(call.output[-1000:])  # the server's note to the model
    return "stopped", f"not done after {seconds_words(int(late[1]) / 1000)}" if late else ""


def _output(call: ToolCall, said: str) -> tuple[Block, ...]:
    """Return the output, of which the server keeps only the end if it is long."""
    if not said.startswith(_ONLY_THE_END):
        return printed(said)
    file = one_line(as_text(call.meta("whole output")))
    end = said.removeprefix(_ONLY_THE_END)
    words = f"The server kept only the end of the output, {size_words(len(end))}."
    return (Notice(words + (" All of it is in:" if file else ""), quote=file), *printed(end))
