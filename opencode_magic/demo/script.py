"""The script language of the scripted model: what it plays, written into a prompt.

A script is a list of steps, one for each reply of the model in a turn; a step is a list of actions:

    prompt = "Say hello. " + script(
        [Think("The user greets me."), Call("bash", {"command": "date", "description": "d"})],
        Say("It is late."),
    )

The model is stateless: the step that is due is the number of replies since the prompt that holds
the script.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec


class Say(msgspec.Struct, frozen=True, tag="say", omit_defaults=True):
    """Stream `text`, `size` characters every `delay_s` seconds (size 0: in one piece)."""

    text: str
    size: int = 8
    delay_s: float = 0.0


class Think(msgspec.Struct, frozen=True, tag="think", omit_defaults=True):
    """Stream `text` as reasoning."""

    text: str
    size: int = 8
    delay_s: float = 0.0


class StreamTokens(msgspec.Struct, frozen=True, tag="tokens", omit_defaults=True):
    """Stream `count` numbered tokens ("t0 t1 ...") at a rate (0: as fast as the line takes them).

    `paragraph` tokens make a paragraph (0: all in one); `stamped` tokens carry the wall clock of
    their sending in ms, "t7@1795453826557 ", so that a page on this machine can tell how late
    they came.
    """

    count: int
    per_second: float = 0.0
    paragraph: int = 60
    stamped: bool = False


class Call(msgspec.Struct, frozen=True, tag="call", omit_defaults=True):
    """Call a tool; a name with `*` stands for the first offered one that fits.

    `raw` is sent instead of the arguments, for arguments that are no JSON.
    """

    tool: str
    arguments: dict[str, Any] = {}  # msgspec copies the default for every instance
    raw: str = ""


class Fail(msgspec.Struct, frozen=True, tag="fail", omit_defaults=True):
    """Answer with an HTTP error: `times` times and then go on with the step (0: always)."""

    status: int
    message: str
    times: int = 0
    retry_after_s: float | None = None


class Disconnect(msgspec.Struct, frozen=True, tag="cut", omit_defaults=True):
    """Cut the connection in the middle of the reply: `times` times, then go on (0: always)."""

    times: int = 1


class Wait(msgspec.Struct, frozen=True, tag="wait", omit_defaults=True):
    """Wait until the test opens the gate: `model.gate(name).set()`."""

    gate: str
    limit_s: float = 60.0


class Usage(msgspec.Struct, frozen=True, tag="usage", omit_defaults=True):
    """Report these token counts for the step."""

    input: int = 10
    output: int = 20
    reasoning: int = 0
    cached: int = 0


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """End the step for this reason instead of the usual one: "length", "content_filter"."""

    reason: str


Action: TypeAlias = Say | Think | StreamTokens | Call | Fail | Disconnect | Wait | Usage | Finish
Step: TypeAlias = Sequence[Action]


def overflow(*, times: int = 1) -> Fail:
    """Return the error of a provider whose context window is full, `times` times."""
    return Fail(400, "This model's maximum context length is 8192 tokens, you sent 9001", times)


_SCRIPT = re.compile(r"SB64:([A-Za-z0-9+/=]+):")


def script(*steps: Action | Step) -> str:
    """Return the text that, in a prompt, makes the scripted model play these steps."""
    listed = [list(step) if isinstance(step, Sequence) else [step] for step in steps]
    # Python's JSON takes half a character, too: models do send such things.
    text = json.dumps(msgspec.to_builtins(listed))
    return f"SB64:{base64.b64encode(text.encode()).decode()}:"


def find_script(prompt: str) -> str | None:
    """Return the script in a prompt, still encoded, or None."""
    found = _SCRIPT.search(prompt)
    return found.group(1) if found else None


def read_script(encoded: str) -> list[list[Action]]:
    """Return the steps of an encoded script; raise ValueError if it is none."""
    return msgspec.convert(json.loads(base64.b64decode(encoded, validate=True)), list[list[Action]])
