"""The frames of a page, and what the browser's own collection of garbage took of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

_MARK = "frames"
_CATEGORIES = ["blink.user_timing", "v8"]

_WATCH = """(mark) => {
  const frames = [], tasks = [];
  let last = performance.mark(mark).startTime, on = true;
  const look = (now) => {
    frames.push([last, now - last]);
    last = now;
    if (on) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const area = document.querySelector(".jp-mod-outputsScrolled .jp-Cell-outputArea");
  const follow = area && setInterval(() => { area.scrollTop = area.scrollHeight; }, 250);
  const seen = new PerformanceObserver((list) =>
    tasks.push(...list.getEntries().map((entry) => entry.duration)));
  seen.observe({ type: "longtask" });
  window.framesSeen = () => {
    on = false;
    clearInterval(follow);
    seen.disconnect();
    return [frames, tasks];
  };
}"""


@dataclass(frozen=True)
class Span:
    """A piece of the page's time, in milliseconds of `performance.now()`."""

    start: float
    length: float

    def shared(self, other: Span) -> float:
        """How long both go on."""
        end = min(self.start + self.length, other.start + other.length)
        return max(0.0, end - max(self.start, other.start))


@dataclass(frozen=True)
class Frames:
    """What was seen of a page."""

    frames: tuple[Span, ...]
    collections: tuple[Span, ...]
    """The collections of the page's whole heap, for which its main thread stands still."""
    long_tasks: tuple[float, ...]

    @property
    def lengths(self) -> list[float]:
        """Milliseconds from one frame to the next."""
        return [frame.length for frame in self.frames]

    @property
    def undisturbed(self) -> list[float]:
        """The same without the time in which the browser collected."""
        return [frame.length - sum(map(frame.shared, self.collections)) for frame in self.frames]


def watch_frames(page: Page) -> None:
    """Watch the page's frames; a scrolled output is kept at its end, as by a reader."""
    _browser(page).start_tracing(page=page, categories=_CATEGORIES)
    page.evaluate(_WATCH, _MARK)


def frames_seen(page: Page) -> Frames:
    """End the watch."""
    frames, tasks = page.evaluate("() => window.framesSeen()")
    trace = json.loads(_browser(page).stop_tracing())
    collections = tuple(_collections(trace["traceEvents"]))
    return Frames(tuple(Span(*frame) for frame in frames), collections, tuple(tasks))


def _browser(page: Page) -> Browser:
    browser = page.context.browser
    assert browser is not None, "the page's context was not made by a browser"
    return browser


def _collections(events: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    """The trace has a clock of its own, in microseconds, and all processes of the browser."""
    mark = next(event for event in events if event["name"] == _MARK)
    origin = mark["ts"] / 1000 - mark["args"]["data"]["startTime"]
    for event in events:
        if event["name"] == "MajorGC" and event["pid"] == mark["pid"] and event["ph"] == "X":
            yield Span(event["ts"] / 1000 - origin, event["dur"] / 1000)
