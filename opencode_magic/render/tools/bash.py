"""A shell command with its output."""

from __future__ import annotations

from ..visible import as_text
from .call import Call, Look, code, exact


def look(call: Call) -> Look:
    command = call.text("command")
    # While it runs the output grows in the metadata; it has no note to the model at its end.
    output = as_text(call.meta("output")) or call.output
    exit_code = call.number("exit")
    detail = f"exit code {exit_code}" if exit_code else ""
    body = (*exact(f"$ {command}" if command else "", "console"), *code(output))
    # A command that was ended with the turn has no exit code.
    stopped = "exit" in call.part.state.metadata and exit_code is None
    return Look("Run", command or call.title, detail, body, "stopped" if stopped else None)
