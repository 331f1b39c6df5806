"""The meaning of a prompt: plain text, a `/command`, a `!shell` line, or one of these escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model.prompt import PromptKind
from ..turns.turn import Turn

_COMMAND = re.compile(r"/([A-Za-z][\w-]*)(?=\s|$)")


@dataclass(frozen=True)
class Request:
    """A prompt read: for a command `name` is set and `text` is what follows it."""

    kind: PromptKind
    text: str
    name: str = ""
    harmless: bool = False
    """True where all that asks is denied in the turn."""
    then: Callable[[Turn, bool], None] | None = None
    """Called with the completed turn, and with whether the user allowed everything."""


def read(prompt: str) -> Request:
    r"""Return what `prompt` means: text as written, `\/` and `\!` without their backslash.

    `/a/b` and other paths are text.
    """
    start = prompt.lstrip()
    if start.startswith(("\\/", "\\!")):
        indent = prompt[: len(prompt) - len(start)]
        return Request("text", indent + start[1:])
    if start.startswith("!") and start[1:].strip():
        return Request("shell", start[1:].strip())
    match = _COMMAND.match(start)
    if match:
        return Request("command", start[match.end() :].strip(), match[1])
    return Request("text", prompt)
