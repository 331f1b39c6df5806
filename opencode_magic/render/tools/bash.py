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
    command = call.text("command")
    said = as_text(call.meta("output")) or call.output
    nothing = said[:20].strip() == _NOTHING
    state, ended = _end(call)
    where = call.path("workdir")
    details = (
        f"in {where}" if where not in ("", ".") else "",
        ended,
        "no output" if nothing and not ended else "",
    )
    # The row names the command; what one line cannot show of it stands below.
    whole = exact(f"$ {command}", "console") if one_line(command) != command.strip() else ()
    body = (*whole, *(() if nothing else _output(call, said)))
    detail = ", ".join(filter(None, details))
    return ToolLook("Run", command or call.title, detail, body, state)


def _end(call: ToolCall) -> tuple[State | None, str]:
    """How it ended, and in words what was odd about it."""
    code = call.number("exit")
    if code is not None or "exit" not in call.part.state.metadata:
        return None, f"exit code {code}" if code else ""
    late = _TIMEOUT.search(call.output[-1000:])  # the server's note to the model
    return "stopped", f"not done after {seconds_words(int(late[1]) / 1000)}" if late else ""


def _output(call: ToolCall, said: str) -> tuple[Block, ...]:
    """The output; the server itself keeps only the end of a long one."""
    if not said.startswith(_ONLY_THE_END):
        return printed(said)
    file = one_line(as_text(call.meta("outputPath")))
    end = said.removeprefix(_ONLY_THE_END)
    words = f"The server kept only the end of the output, {size_words(len(end))}."
    return (Notice(words + (" All of it is in:" if file else ""), quote=file), *printed(end))
