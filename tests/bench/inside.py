"""The part of the benchmark that runs in the kernel: counts, and puts other surfaces in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from IPython import get_ipython
from IPython.display import display, update_display
from ipywidgets import HTML, Label

from opencode_magic.changes.review import Changes, ReviewVerdict
from opencode_magic.demo.script import Action, Say, script
from opencode_magic.live import choose as surfaces
from opencode_magic.live.driver import GATHER_S, Driver
from opencode_magic.live.page.companion import Companion
from opencode_magic.live.surface import TICK_S, Answer, Bundle, Snapshot, Surface
from opencode_magic.model import events
from opencode_magic.model.messages import TextPart
from opencode_magic.model.transcript import Ask
from opencode_magic.protocol.fanout import Subscription
from opencode_magic.protocol.stream import EventStream
from opencode_magic.render.blocks import Item
from opencode_magic.render.html import document_html

from .big import COMMAND
from .stamps import STAMP


class ReassignedHtml:
    """What the benchmark compares with: the whole answer, rendered, into `HTML.value` each tick.

    The same stepper, renderer and tick, and the same static result in the end.
    """

    def __init__(self) -> None:
        self._widget: HTML | None = None
        self._display_id = f"reassigned-{time.time_ns()}"
        self._drawn_at = 0.0

    def draw(self, picture: Snapshot) -> None:
        if self._widget is None:
            self._widget = HTML()
            display(self._widget, display_id=self._display_id)
        if time.monotonic() - self._drawn_at >= TICK_S:
            self._drawn_at = time.monotonic()
            self._widget.value = document_html(picture.items)

    def actions(self, timeout_s: float) -> list[Action]:
        return []

    def stop_waits(self) -> bool:
        return False

    def ask(self, request: Ask) -> Answer | None:
        raise AssertionError(f"the benchmark asks nothing, but this came: {request}")

    def review(self, asked: Changes) -> ReviewVerdict | None:
        raise AssertionError(f"the benchmark reviews nothing, but this came: {asked}")

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        if self._widget is not None:
            update_display(bundle, display_id=self._display_id, raw=True)
            self._widget.close()


class _Meter:
    """Counts the messages to the page and their bytes."""

    def __init__(self) -> None:
        self.messages = self.bytes = 0
        self.streamed: int | None = None

    def turn_ended(self) -> None:
        """From here on it is the result that is sent."""
        self.streamed = self.bytes

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = get_ipython().kernel.iopub_thread
        send = thread.send_multipart

        def counted(parts: Sequence[Any], *args: Any, **options: Any) -> None:
            self.messages += 1
            self.bytes += sum(len(memoryview(part)) for part in parts)
            send(parts, *args, **options)

        thread.send_multipart = counted
        try:
            yield
        finally:
            del thread.send_multipart


def warm_up(file: str) -> None:
    """Turns that start the server and pay for every late import."""
    for how in ("live", "html", "none"):
        _turn(how, [])
    Path(file).write_text("{}", "utf-8")


def bulk(how: str, actions: Sequence[Action], file: str) -> None:
    """One turn on the surface `how` (`live`, `html` or `none`): bytes, messages, CPU, seconds."""
    meter = _Meter()
    began, cpu = time.monotonic(), time.process_time()
    with meter.running():
        characters = _turn(how, actions, meter.turn_ended)
    cpu, seconds = time.process_time() - cpu, time.monotonic() - began
    streamed = meter.bytes if meter.streamed is None else meter.streamed
    figures = {
        "characters": characters,
        "cpu_s": cpu,
        "seconds": seconds,
        "streamed_bytes": streamed,
        "result_bytes": meter.bytes - streamed,
        "messages": meter.messages,
    }
    Path(file).write_text(json.dumps(figures), "utf-8")


def big(file: str) -> None:
    """A turn whose command prints 50 MB: CPU, the longest step of the loop, bytes, messages."""
    meter = _Meter()
    steps: list[float] = []
    tick = Driver._tick

    def timed(driver: Driver) -> None:
        began = time.thread_time()  # what it waits for the server is not ours
        tick(driver)
        steps.append(time.thread_time() - began)

    began, cpu = time.monotonic(), time.process_time()
    with meter.running(), patch.object(Driver, "_tick", timed):
        words = f"bench {script([COMMAND], Say('printed'))}"
        turn = get_ipython().run_cell_magic("opencode", "--new --permission allow", words)
    figures = {
        "state": turn.state,
        "cpu_s": time.process_time() - cpu,
        "seconds": time.monotonic() - began,
        "longest_s": max(steps),
        "bytes": meter.bytes,
        "messages": meter.messages,
    }
    Path(file).write_text(json.dumps(figures), "utf-8")


def label(seconds: float, file: str) -> None:
    """A `Label` of ipywidgets that shows another line as often as the live view draws."""
    line = Label()
    display(line)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line.value = " ".join(f"t{time.monotonic_ns()}" for _ in range(3))
        time.sleep(TICK_S)
    Path(file).write_text("{}", "utf-8")


def arrivals(how: str, actions: Sequence[Action], file: str) -> None:
    """One turn; when each stamped token came out of the event stream, in ms of the wall clock."""
    seen: dict[str, int] = {}
    decode = EventStream._events

    def watched(stream: EventStream, data: str) -> list[events.Event]:
        found = list(decode(stream, data))
        for event in found:
            if isinstance(event, events.PartDelta):
                for number, _ in STAMP.findall(event.delta):
                    seen.setdefault(number, time.time_ns() // 1_000_000)
        return found

    with patch.object(EventStream, "_events", watched):
        _turn(how, actions)
    Path(file).write_text(json.dumps(seen), "utf-8")


def _turn(how: str, actions: Sequence[Action], ended: Callable[[], None] = lambda: None) -> int:
    """A turn in a session of its own; the number of characters of the answer."""
    prompt = f"bench {script(list(actions))}" if actions else "bench"
    if how == "none":
        return _decoded(prompt)
    with patch.object(surfaces, "choose_surface", _chosen(how, ended)):
        turn = get_ipython().run_cell_magic("opencode", "--new", prompt)
    return len(turn.text)


def _decoded(prompt: str) -> int:
    """Decoding alone: events are read, decoded and let go, at the pace of the live view."""
    app = get_ipython().magics_manager.registry["OpencodeMagics"].app
    client, session = app.connect(), app.sessions.new("bench")
    with client.fanout.share(session.directory) as share:
        _until(share, lambda event: isinstance(event, events.Connected))
        client.session.prompt_async(session, prompt)
        _until(share, lambda event: _ends(event, session.id))
    answer = client.session.messages(session)[-1]
    return sum(len(part.text) for part in answer.parts if isinstance(part, TextPart))


def _ends(event: events.Event, session_id: str) -> bool:
    """Whether the turn of a session is over: 2.x has an event for that, 1.x becomes idle."""
    match event:
        case events.SessionIdle(session_id=ended) | events.TurnEnded(session_id=ended):
            return ended == session_id
    return False


def _until(share: Subscription, wanted: Callable[[events.Event], bool]) -> None:
    while not any(map(wanted, share.get(TICK_S))):
        time.sleep(GATHER_S)


def _chosen(how: str, ended: Callable[[], None]) -> Callable[..., Surface]:
    ours = surfaces.choose_surface

    def choose(shell: Any, companion: Companion | None = None) -> Surface:
        surface = ours(shell, companion) if how == "live" else ReassignedHtml()
        finish = surface.finish

        def finish_and_say(bundle: Bundle, items: Sequence[Item] = ()) -> None:
            ended()
            finish(bundle, items)

        surface.finish = finish_and_say  # type: ignore[method-assign]
        return surface  # type: ignore[return-value]

    return choose
