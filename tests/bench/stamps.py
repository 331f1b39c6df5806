"""Stamped tokens ("t7@1795453826557 "): how they are found in a text and on the page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

STAMP = re.compile(r"t(\d+)@(\d{13})")

# Looks at what a mutation added, and back far enough for a token that came in two pieces. The time
# is read first: looking for the tokens must not make them late.
_WATCH = r"""() => {
  const seen = new Map();
  const look = (text, now) => {
    for (const [, number, stamp] of text.matchAll(/t(\d+)@(\d{13})/g))
      if (!seen.has(number)) seen.set(number, [Number(stamp), now]);
  };
  const observer = new MutationObserver((changes) => {
    const now = Date.now();
    for (const { type, target, oldValue, addedNodes } of changes) {
      if (type === "characterData") {
        const kept = target.data.startsWith(oldValue) ? Math.max(0, oldValue.length - 40) : 0;
        look(target.data.slice(kept), now);
      } else for (const node of addedNodes) look(node.textContent ?? "", now);
    }
  });
  observer.observe(document.body, {
    subtree: true, childList: true, characterData: true, characterDataOldValue: true });
  window.stampsSeen = () => {
    observer.disconnect();
    return Object.fromEntries(seen);
  };
}"""
_COUNT = r"""([index, tokens]) => {
  const cell = document.querySelector(`.jp-Cell[data-windowed-list-index='${index}']`);
  const text = cell.querySelector(".jp-Cell-outputArea").textContent;
  const numbers = [...text.matchAll(/t(\d+)(?![\d@])/g)].map((found) => Number(found[1]));
  return new Set(numbers.filter((number) => number < tokens)).size;
}"""


def watch_stamps(page: Page) -> None:
    """Note from now on when each stamped token is first in the document."""
    page.evaluate(_WATCH)


def stamps_seen(page: Page) -> dict[str, tuple[int, int]]:
    """When each was sent and when it was seen, in ms, by its number; ends the watch."""
    found: dict[str, Any] = page.evaluate("() => window.stampsSeen()")
    return {number: (int(sent), int(seen)) for number, (sent, seen) in found.items()}


def count_tokens(page: Page, index: int, tokens: int) -> int:
    """How many of the unstamped tokens t0, t1 ... stand in a cell's output."""
    return int(page.evaluate(_COUNT, [index, tokens]))
