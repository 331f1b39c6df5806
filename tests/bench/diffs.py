"""Diffs to measure: so many lines of a program, each changed in a few words."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Page

from opencode_magic.model.files import FileDiff
from opencode_magic.render.changes import ChangeList

CHANGED = 5_000
MOST_BYTES = 600_000

_LAY_OUT = """html => {
  const place = document.createElement("div");
  place.className = "jp-RenderedHTMLCommon";
  document.querySelector(".jp-Notebook, body").append(place);
  const began = performance.now();
  place.innerHTML = html;
  for (const fold of place.querySelectorAll("details")) fold.open = true;
  const height = place.offsetHeight;
  const took = performance.now() - began;
  place.remove();
  return [took, height];
}"""


@dataclass(frozen=True)
class Figures:
    """What a diff costs: in the kernel, on the way, and in the browser until it is laid out."""

    changed: int
    cpu_s: float
    html_bytes: int
    other_bytes: int
    layout_ms: float
    height: float
    html: str

    def __str__(self) -> str:
        return (
            f"  {self.changed:6,} changed lines: {self.cpu_s:.2f} s of the kernel, "
            f"{self.html_bytes / 1000:.0f} kB of HTML and {self.other_bytes / 1000:.0f} kB of "
            f"Markdown and text, laid out unfolded in {self.layout_ms:.0f} ms"
        )


def changed_lines(pairs: int) -> str:
    """A patch of one hunk in which each line of a program changes."""
    lines = []
    for n in range(pairs):
        lines.append(f"-    total = price[{n}] * quantity + discount(customer)")
        lines.append(f"+    total = price[{n}] * quantity - discount(buyer)")
    return f"@@ -1,{pairs} +1,{pairs} @@\n" + "\n".join(lines)


def measured(changed: int, page: Page) -> Figures:
    """A diff of that many changed lines, made and laid out on the page."""
    pairs = changed // 2
    file = FileDiff("shop.py", changed_lines(pairs), additions=pairs, deletions=pairs)
    began = time.process_time()
    bundle = ChangeList("Changes:", (file,))._repr_mimebundle_()
    cpu_s = time.process_time() - began
    html = bundle["text/html"]
    layout_ms, height = page.evaluate(_LAY_OUT, html)
    others = sum(len(bundle[kind].encode()) for kind in bundle if kind != "text/html")
    return Figures(changed, cpu_s, len(html.encode()), others, layout_ms, height, html)
