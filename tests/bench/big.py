"""A tool's output of 50 MB: in one event, as an MCP tool may send it, and printed by a command."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from opencode_magic.demo.script import Call
from opencode_magic.live.page.board import Board, Head, Scene
from opencode_magic.model.transcript import Transcript, reduce
from opencode_magic.protocol.v1.events import decode
from opencode_magic.render import static_form
from opencode_magic.render.describe import items
from opencode_magic.render.html import block_html
from opencode_magic.text.redact import Redactor
from opencode_magic.turns.streamed_secrets import held_back, without_secrets
from opencode_magic.turns.turn import Turn

T = TypeVar("T")
SIZE = 50_000_000
LINE = "0000001 " + "x" * 91 + "\n"
TEXTS = {
    "lines": LINE * (SIZE // len(LINE)),
    "one line": "x" * SIZE,
    "short lines": "y\n" * (SIZE // 2),
    "colours": "\x1b[31mred\x1b[0m text\n" * (SIZE // 18),
}
PRINT = "import sys; [sys.stdout.write(('x' * 99 + chr(10)) * 1000) for _ in range(500)]"
COMMAND = Call("bash", {"command": f'python3 -c "{PRINT}"', "description": "prints"})


@dataclass
class Figures:
    """What one event of that size costs on its way from the stream to the page and the file."""

    name: str
    steps: dict[str, float] = field(default_factory=dict)
    page_bytes: int = 0
    saved_bytes: int = 0
    saved: str = ""

    def timed(self, step: str, do: Callable[[], T]) -> T:
        began = time.perf_counter()
        done = do()
        self.steps[step] = time.perf_counter() - began
        return done

    def __str__(self) -> str:
        step, longest = max(self.steps.items(), key=lambda item: item[1])
        return (
            f"  50 MB in one event, {self.name:12}{sum(self.steps.values()):6.2f} s of the kernel, "
            f"longest step {longest:.2f} s ({step}), {self.page_bytes / 1000:.0f} kB to the page, "
            f"{self.saved_bytes / 1000:.0f} kB in the file"
        )


def one_event(name: str, text: str) -> Figures:
    """All that is done with a tool part that holds `text`."""
    figures = Figures(name)
    state = {"status": "completed", "input": {}, "output": text, "time": {"start": 1, "end": 2}}
    part = {"id": "prt_1", "messageID": "msg_2", "sessionID": "ses_1", "type": "tool"}
    properties = {"part": {**part, "tool": "lake_query", "callID": "c", "state": state}}
    sent = json.dumps({"type": "message.part.updated", "properties": properties})
    redact = Redactor.of("a-password-of-ours", "opencode")
    board = Board(block_html)
    clean = figures.timed("redact", lambda: redact(sent))
    event = figures.timed("decode", lambda: decode(clean))
    before = Transcript("ses_1")
    after = figures.timed("reduce", lambda: without_secrets(reduce(before, event), event, redact))
    shown = figures.timed("hold back", lambda: held_back(after, redact))
    drawn = figures.timed("describe", lambda: items(shown))
    ops = figures.timed("draw", lambda: board.ops(Scene(drawn, Head()), 1.0))
    again = figures.timed("describe again", lambda: items(shown))
    ops += figures.timed("draw again", lambda: board.ops(Scene(again, Head()), 2.0))
    form = figures.timed("static form", lambda: static_form(Turn("ses_1", "p", shown)))
    figures.page_bytes = len(json.dumps(ops))
    figures.saved_bytes = len(json.dumps(form.bundle))
    figures.saved = form.bundle["text/plain"]
    return figures


def printed(figures: dict[str, Any], frame_ms: float) -> str:
    """The figures of the command as a line."""
    return (
        f"  50 MB printed by a command: {figures['cpu_s']:.2f} s of the kernel in "
        f"{figures['seconds']:.1f} s, longest step {figures['longest_s']:.2f} s, "
        f"{figures['bytes'] / 1000:.0f} kB to the page in {figures['messages']} messages, "
        f"worst frame {frame_ms:.0f} ms"
    )
