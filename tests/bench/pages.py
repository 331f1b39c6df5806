"""The page's own work for an answer that grows: no server, no kernel, no JupyterLab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from opencode_magic.live.page.board import Board, Head, Op, Scene
from opencode_magic.live.page.companion import Companion
from opencode_magic.live.page.view import TurnView
from opencode_magic.live.surface import TICK_S
from opencode_magic.render.blocks import Item, Markdown
from opencode_magic.render.html import block_html

LENGTHS = (1_000, 200_000)
TICKS = 60
PER_TICK = 10  # tokens: 200 in a second
PARAGRAPH = 60

_PAGE = """<style>{css}</style>
<div id="area" style="height: 400px; overflow: auto">
  <div id="root" class="jp-RenderedHTMLCommon"></div>
</div>"""
# What JupyterLab does for a widget, as far as ours goes.
_START = """async ([view, companion]) => {
  const load = async (source) =>
    (await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })))).default;
  const model = (sent, heard) => ({
    get: () => "bench",
    send: (content) => Object.assign(sent, content),
    on: (name, take) => (heard[name] = take),
    off: () => {},
  });
  const sent = {}, heard = {};
  (await load(companion)).initialize({ model: model({}, {}) });
  (await load(view)).render({ model: model(sent, heard), el: document.getElementById("root") });
  window.tell = (message) => heard["msg:custom"](message);
  window.viewId = () => sent.view;
}"""
# A reader at the end of the answer follows it.
_PLAY = """([ticks, pause]) => new Promise((done) => {
  const area = document.getElementById("area");
  const follow = setInterval(() => (area.scrollTop = area.scrollHeight), 250);
  let seq = 0;
  const timer = setInterval(() => {
    if (seq < ticks.length) return tell({ seq: seq + 1, ops: ticks[seq++] });
    clearInterval(timer);
    clearInterval(follow);
    done();
  }, pause);
})"""


@dataclass(frozen=True)
class Work:
    """Milliseconds of the page's main thread for a tick."""

    tokens: int
    all: float
    layout: float
    style: float
    script: float
    seen: int
    """Tokens on the page in the end."""

    def __str__(self) -> str:
        return (
            f"  after {self.tokens:7,} tokens: {self.all:5.1f} ms of the page for a tick of "
            f"{TICK_S * 1000:.0f} ms (layout {self.layout:.1f}, style {self.style:.1f}, "
            f"script {self.script:.1f})"
        )


def page_work(browser: Browser, tokens: int) -> Work:
    """What a tick costs once the answer has that many tokens."""
    snapshot, ticks = _told(tokens)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    try:
        page.set_content(_PAGE.format(css=TurnView._css))
        page.evaluate(_START, [TurnView._esm, Companion._esm])
        page.evaluate(
            "(snapshot) => tell({ to: viewId(), seq: 0, snapshot })",
            snapshot,
        )
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        before = _metrics(devtools)
        page.evaluate(_PLAY, [ticks, TICK_S * 1000])
        after = _metrics(devtools)
        words = page.evaluate("() => document.querySelector('.ocm-written').textContent")
    finally:
        page.close()
    spent = {name: (after[name] - before[name]) / TICKS * 1000 for name in before}
    return Work(
        tokens,
        spent["TaskDuration"],
        spent["LayoutDuration"],
        spent["RecalcStyleDuration"],
        spent["ScriptDuration"],
        len(words.split()),
    )


def _told(tokens: int) -> tuple[list[Op], list[list[Op]]]:
    """What brings a page to that length, and what each tick tells it then."""
    board = Board(block_html)
    text = _numbered(0, tokens)

    def more(now: float) -> list[Op]:
        return board.ops(Scene((Item("p", Markdown(text, open=True)),), Head()), now)

    more(0.0)
    snapshot = board.snapshot(0.0)
    ticks = []
    for first in range(tokens, tokens + TICKS * PER_TICK, PER_TICK):
        text += _numbered(first, first + PER_TICK)
        ticks.append(more(1.0))
    return snapshot, ticks


def _numbered(first: int, until: int) -> str:
    ends = ("\n\n" if (n + 1) % PARAGRAPH == 0 else " " for n in range(first, until))
    return "".join(f"t{n}{end}" for n, end in zip(range(first, until), ends, strict=True))


def _metrics(devtools: Any) -> dict[str, float]:
    wanted = ("TaskDuration", "LayoutDuration", "RecalcStyleDuration", "ScriptDuration")
    found = devtools.send("Performance.getMetrics")["metrics"]
    return {m["name"]: float(m["value"]) for m in found if m["name"] in wanted}


def pages_table(works: Sequence[Work]) -> str:
    """The figures as lines."""
    return "\n".join(["the page alone, at 200 tokens/s", *map(str, works)])
