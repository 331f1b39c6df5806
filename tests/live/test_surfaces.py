"""The surfaces without a browser: what they show, ask and leave behind."""

from __future__ import annotations

import builtins
import io
import os
import pty
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.text import Text

from opencode_magic.live.choose import choose_surface
from opencode_magic.live.page import static as static_module
from opencode_magic.live.page import surface as notebook_module
from opencode_magic.live.page.companion import Companion
from opencode_magic.live.page.frontend import shows_text_only
from opencode_magic.live.page.static import REFRESH_S, SilentSurface, StaticSurface
from opencode_magic.live.page.surface import NO_WIDGETS, READY_WITHIN_S, WidgetSurface
from opencode_magic.live.page.view import PULSE_S, TurnView
from opencode_magic.live.surface import (
    TICK_S,
    Answer,
    Bundle,
    Snapshot,
    Stop,
    Surface,
)
from opencode_magic.live.terminal.keyboard import Keyboard
from opencode_magic.live.terminal.paper import Ink, Screen, Scroll
from opencode_magic.live.terminal.surface import PrintedSurface, TerminalSurface
from opencode_magic.live.typed import NOBODY
from opencode_magic.model.transcript import Ask
from opencode_magic.render.blocks import Code, Footer, Header, Item, Markdown, Row
from opencode_magic.signals import held
from tests.harness.clock import Clock

from .feed import BASH, EDIT, QUESTION
from .page import Page
from .test_bridge import FakeKernel, message

BUNDLE = {"text/html": "<p>all of it</p>", "text/plain": "all of it\n\nDone · 1.0 s"}
HEADER = Header("demo/model", "build", "title")


class Outputs:
    """The outputs of a cell: what was displayed, by display id, in order."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self.messages = 0

    def display(self, value: Any, *, raw: bool = False, display_id: Any = None) -> Any:
        self.messages += 1
        name = display_id if isinstance(display_id, str) else f"auto-{len(self.shown)}"
        assert name not in self.shown
        self.shown[name] = value
        return type("Handle", (), {"display_id": name})() if display_id else None

    def update_display(self, value: Any, *, display_id: str, raw: bool = False) -> None:
        self.messages += 1
        assert display_id in self.shown
        self.shown[display_id] = value

    @property
    def html(self) -> str:
        return "".join(v["text/html"] for v in self.shown.values() if isinstance(v, dict))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> Outputs:
    outputs = Outputs()
    for module in (static_module, notebook_module):
        monkeypatch.setattr(module, "display", outputs.display)
        monkeypatch.setattr(module, "update_display", outputs.update_display)
    return outputs


def picture(*items: Item, asks: tuple[Ask, ...] = (), checkpoint: Bundle | None = None) -> Snapshot:
    kept = checkpoint or {"text/html": "<p>so far</p>"}
    return Snapshot(items, HEADER, "working", 1, asks, checkpoint=lambda: kept)


def typing(*lines: str) -> tuple[Callable[[str], str], list[str]]:
    """An `input` that is given these lines, and the prompts it was shown."""
    left, prompts = list(lines), []

    def read(words: str = "") -> str:
        prompts.append(words)
        return left.pop(0)

    return read, prompts


def refused(_words: str = "") -> str:
    raise EOFError


def answered(*answers: tuple[str, ...]) -> Answer:
    return Answer("que_1", "answer", answers=answers)


# -- which one -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "kind"),
    [
        (None, PrintedSurface),
        (type("Runner", (), {"_allow_stdin": False})(), SilentSurface),
        (type("Notebook", (), {"_allow_stdin": True})(), WidgetSurface),
        (type("Other", (), {})(), WidgetSurface),
    ],
)
def test_the_surface_fits_the_front_end(kernel: Any, kind: type) -> None:
    shell = type("Shell", (), {"kernel": kernel} if kernel else {})()
    assert type(choose_surface(shell)) is kind


# -- nobody there ----------------------------------------------------------------------------------


def test_without_a_person_requests_are_rejected_with_a_message(outputs: Outputs) -> None:
    surface = SilentSurface()
    surface.draw(picture(Item("m", Markdown("x"))))
    for request in (BASH, QUESTION):
        answer = surface.ask(request)
        assert answer is not None
        assert (answer.reply, answer.message) == ("reject", NOBODY)
    assert surface.actions(0) == []
    assert outputs.messages == 0
    surface.finish(BUNDLE)
    surface.finish(BUNDLE)
    assert list(outputs.shown.values()) == [BUNDLE]


# -- by input() ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "lines", "expected"),
    [
        (BASH, ["o"], Answer("per_bash", "once")),
        (BASH, ["A "], Answer("per_bash", "always")),
        (BASH, ["", "what?", "r"], Answer("per_bash", "reject")),
        (BASH, ["m", " use tox "], Answer("per_bash", "reject", "use tox")),
        (QUESTION, ["2", "1,3"], answered(("google",), ("empty names", "None"))),
        (QUESTION, ["my own", "9", "2"], answered(("my own",), ("unicode",))),
        (QUESTION, ["1", ""], Answer("que_1", "reject")),
    ],
)  # fmt: skip
def test_letters_and_numbers_answer(
    outputs: Outputs, request_: Ask, lines: Sequence[str], expected: Answer
) -> None:
    read, _ = typing(*lines)
    surfaces: list[Surface] = [StaticSurface(read=read)]
    assert surfaces[0].ask(request_) == expected


def test_where_nothing_can_be_read_the_request_is_rejected(outputs: Outputs) -> None:
    answer = StaticSurface(read=refused).ask(EDIT)
    assert answer is not None
    assert (answer.reply, answer.message) == ("reject", NOBODY)


# -- static output ---------------------------------------------------------------------------------


def test_static_output_sends_only_what_changed(outputs: Outputs, clock: Clock) -> None:
    surface = StaticSurface("why", clock=clock)
    paragraph = "Words of the answer. " * 60 + "\n\n"
    text, most = "", 0
    for _ in range(60):
        text += paragraph
        before = dict(outputs.shown)
        clock.now += REFRESH_S
        surface.draw(picture(Item("m", Markdown(text, open=True))))
        changed = [v for k, v in outputs.shown.items() if before.get(k) != v]
        most = max(most, sum(len(v["text/html"]) for v in changed))
    assert outputs.html.count("<p>Words of the answer.") == 60
    assert most < 30_000 < len(outputs.html)
    surface.finish(BUNDLE)
    surface.finish(BUNDLE)
    assert outputs.html == "<p>all of it</p>"


def test_static_output_is_calm(outputs: Outputs, clock: Clock) -> None:
    surface = StaticSurface(clock=clock)
    for number in range(100):
        clock.now += 0.05
        surface.draw(picture(Item("m", Markdown("x" * number, open=True))))
    assert outputs.messages <= 5 / REFRESH_S + 2


# -- the terminal ----------------------------------------------------------------------------------


class Hasty(Screen):
    """A screen before which somebody types as soon as there is something to be read."""

    def __init__(self, stream: Any, ink: Ink, types: Callable[[str], None]) -> None:
        super().__init__(stream, ink, reflows=False)
        self._types = types

    def draw(self, printed: Sequence[Text], tail: Sequence[Text]) -> None:
        super().draw(printed, tail)
        self._types(" ".join(line.plain for line in tail))


def test_what_is_typed_at_the_first_sight_of_a_question_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    keys, terminal = pty.openpty()
    todo = {"Your letter:": b"m", "What should it do instead?": b"use tox\n"}

    def types(seen: str) -> None:
        for words in [words for words in todo if words in seen]:
            os.write(keys, todo.pop(words))

    with os.fdopen(keys), os.fdopen(terminal, "w") as stream:
        ink = Ink(stream, {}, styled=False, coloured=False)
        surface = TerminalSurface(Hasty(stream, ink, types), Keyboard(terminal), ink)
        seen = replace(picture(), asks=(BASH,))
        surface.draw(seen)
        assert surface.ask(BASH) is None
        surface.draw(seen)
        answers = [*surface.actions(5), *surface.actions(5)]
        surface.finish(BUNDLE)
    assert [(a.reply, a.message) for a in answers if isinstance(a, Answer)] == [
        ("reject", "use tox")
    ]


@pytest.fixture
def terminal() -> tuple[PrintedSurface, io.StringIO]:
    out = io.StringIO()
    ink = Ink(out, {}, styled=False, coloured=False)
    return PrintedSurface(Scroll(out, ink, 60), read=typing("r")[0]), out


def test_a_terminal_prints_everything_once_and_in_order(
    terminal: tuple[PrintedSurface, io.StringIO],
) -> None:
    surface, out = terminal
    row = Row("Run", "ls", "running")
    surface.draw(picture(Item("m", Markdown("One.\n\nTw", open=True))))
    surface.draw(picture(Item("m", Markdown("One.\n\nTwo.")), Item("r", row)))
    assert "Run" not in out.getvalue()
    done = Item("r", Row("Run", "ls", "completed", body=(Code("a.py"),)))
    items = (Item("m", Markdown("One.\n\nTwo.")), done, Item("n", Markdown("Thr")))
    surface.draw(picture(*items))
    answer = surface.ask(BASH)
    assert answer is not None
    assert answer.reply == "reject"
    ended = (*items, Item("footer", Footer("Done", seconds=1)))
    surface.finish(BUNDLE, ended)
    surface.finish(BUNDLE, ended)
    words = (
        "demo/model",
        "One.",
        "Two.",
        "Run ls",
        "a.py",
        "Thr",
        "Run a command?",
        "Done · 1.0 s",
    )
    text = out.getvalue()
    assert [text.count(word) for word in words] == [1] * len(words)
    assert sorted(words, key=text.index) == list(words)


def test_no_escape_sequence_reaches_the_terminal(
    terminal: tuple[PrintedSurface, io.StringIO],
) -> None:
    surface, out = terminal
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\x9b5m[bold]x"
    items = (Item("m", Markdown(evil)), Item("r", Row(evil, evil, "completed", evil)))
    surface.draw(Snapshot(items, Header(evil, evil, evil), evil, 1))
    surface.finish({"text/plain": evil}, (*items, Item("footer", Footer(evil))))
    assert not set(out.getvalue()) & set("\x1b\x07\u202e\x9b")
    assert "[bold]x" in out.getvalue()


# -- the view --------------------------------------------------------------------------------------


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What views send to the page."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(TurnView, "send", lambda _view, content: sent.append(content))
    return sent


@pytest.fixture
def live(clock: Clock, outputs: Outputs, sent: Any) -> tuple[WidgetSurface, FakeKernel]:
    kernel = FakeKernel()
    surface = WidgetSurface(kernel, clock=clock)
    surface.draw(picture())
    return surface, kernel


def click(surface: WidgetSurface, kernel: FakeKernel, nonce: str, **content: Any) -> None:
    view = surface._view
    assert view is not None
    content = {"view": "v1", "nonce": nonce, **content}
    kernel.shell_stream.deliver(message(content, comm_id=view.comm.comm_id))


def test_at_most_one_message_each_tick_and_none_is_lost(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, sent: list[dict[str, Any]]
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    text, page, seen = "", Page(), 0
    for number in range(500):
        clock.now += 0.004
        text += f"word{number} "
        before = len(sent)
        surface.draw(picture(Item("m", Markdown(text, open=True))))
        seen = max(seen, len([m for m in sent[before:] if "ops" in m]))
    clock.now += TICK_S
    surface.draw(picture(Item("m", Markdown(text, open=True))))
    numbered = [m for m in sent if "ops" in m]
    assert [m["seq"] for m in numbered] == list(range(1, len(numbered) + 1))
    assert seen == 1
    assert len(numbered) <= 2.1 / TICK_S + 2
    for one in numbered:
        page.apply(one["ops"])
    assert page.root.under[0].tail == text


def test_a_silent_turn_has_a_pulse(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, sent: list[dict[str, Any]]
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    clock.now += PULSE_S
    surface.draw(picture())
    clock.now += PULSE_S
    surface.draw(Snapshot((), HEADER, "working", 1 + 2 * PULSE_S))
    last = max(one["seq"] for one in sent if "ops" in one)
    assert sent[-2:] == [{"seq": last}] * 2


def test_ready_and_gap_are_answered_with_a_snapshot_for_that_view(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, sent: list[dict[str, Any]]
) -> None:
    surface, kernel = live
    shown = picture(Item("m", Markdown("One.\n\nTwo", open=True)), asks=(BASH,))
    clock.now += TICK_S
    surface.draw(shown)
    page = Page()
    for one in sent:
        page.apply(one.get("ops", []))
    for nonce, kind in enumerate(("ready", "gap")):
        click(surface, kernel, str(nonce), k=kind)
        assert surface.actions(0) == []
        assert sent[-1]["to"] == "v1"
        assert Page(sent[-1]["snapshot"]).seen() == page.seen()


def test_what_the_reader_clicked_comes_as_actions(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock
) -> None:
    surface, kernel = live
    click(surface, kernel, "0", k="ready")
    click(surface, kernel, "1", k="answer", ask="per_bash", reply="once")
    clock.now += TICK_S
    surface.draw(picture())  # drawing looks for `ready` too, and must not lose what it finds
    click(surface, kernel, "2", k="answer", ask="per_edit", reply="reject", message="no")
    click(
        surface, kernel, "3", k="answer", ask="que_1", reply="answer", answers=[["a"], ["b", "c"]]
    )
    click(surface, kernel, "4", k="stop")
    assert surface.actions(0) == [
        Answer("per_bash", "once"),
        Answer("per_edit", "reject", "no"),
        Answer("que_1", "answer", "", (("a",), ("b", "c"))),
        Stop(),
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"k": "answer", "ask": "x", "reply": "allow"},
        {"k": "answer", "ask": 3, "reply": "once"},
        {"k": "answer", "ask": "x", "reply": "answer"},
        {"k": "answer", "ask": "x", "reply": "answer", "answers": [["a", 3]]},
        {"k": "answer", "ask": "x", "reply": "answer", "answers": "ab"},
        {"k": "answer", "ask": "x", "reply": "reject", "message": ["no"]},
        {"k": "run", "code": "1"},
        {"k": None},
    ],
)
def test_clicks_we_never_offered_do_nothing(
    live: tuple[WidgetSurface, FakeKernel], content: dict[str, Any]
) -> None:
    surface, kernel = live
    click(surface, kernel, "0", **content)
    assert surface.actions(0) == []


def test_without_ready_static_output_takes_over_and_asks_what_is_owed(
    live: tuple[WidgetSurface, FakeKernel],
    clock: Clock,
    outputs: Outputs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    surface, kernel = live
    monkeypatch.setattr(builtins, "input", typing("o")[0])
    shown = picture(Item("m", Markdown("Hello.")), asks=(BASH,))
    surface.draw(shown)
    assert surface.ask(BASH) is None
    clock.now += READY_WITHIN_S + 0.1
    surface.draw(shown)
    assert NO_WIDGETS.split("`")[0][:20] in outputs.html
    assert "Hello." in outputs.html
    assert kernel.shell_stream._recv_callback == kernel.original
    assert surface.actions(0) == [Answer("per_bash", "once")]
    assert surface.actions(0) == []
    surface.finish(BUNDLE)
    assert outputs.html == BUNDLE["text/html"]


def test_a_page_that_showed_views_before_is_not_blamed_for_lacking_widgets(
    clock: Clock, outputs: Outputs, sent: Any
) -> None:
    companion, kernel = Companion(), FakeKernel()
    first = WidgetSurface(kernel, companion, clock=clock)
    first.draw(picture())
    click(first, kernel, "1", k="ready")
    first.draw(picture())
    first.finish(BUNDLE)
    second = WidgetSurface(kernel, companion, clock=clock)
    second.draw(picture())
    clock.now += READY_WITHIN_S + 0.1
    second.draw(picture())
    assert "reload the page" in outputs.html
    assert "anywidget" not in outputs.html


def test_a_kernel_that_lets_no_click_through_is_named_where_static_output_takes_over(
    clock: Clock, outputs: Outputs, sent: Any
) -> None:
    kernel = FakeKernel()
    del kernel.shell_stream._recv_callback
    surface = WidgetSurface(kernel, clock=clock)
    surface.draw(picture())
    clock.now += READY_WITHIN_S + 0.1
    surface.draw(picture())
    assert "no receive callback that could be wrapped" in outputs.html
    assert "ipykernel" in outputs.html
    assert "pip install anywidget" not in outputs.html


def test_at_the_end_the_transcript_stands_there_once_without_a_widget(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, outputs: Outputs
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    surface.draw(picture())
    surface.ask(BASH)
    assert "so far" in outputs.html
    surface.finish(BUNDLE)
    surface.finish(BUNDLE)
    assert list(outputs.shown.values()) == [BUNDLE, {"text/html": "", "text/plain": ""}]
    assert kernel.shell_stream._recv_callback == kernel.original


def test_the_hidden_copy_is_kept_at_a_coarse_rate(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, outputs: Outputs
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    for _ in range(400):
        clock.now += 0.1
        surface.draw(picture())
    assert 2 <= outputs.messages - 1 <= 3


def test_a_view_that_no_page_shows_is_closed_and_a_late_page_gets_the_static_form(
    live: tuple[WidgetSurface, FakeKernel], sent: list[dict[str, Any]]
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    surface.draw(picture())
    view = surface._view
    assert view is not None
    surface.finish(BUNDLE)
    assert view.comm is not None
    # The page was reloaded: it never said `gone`, and asks again when the kernel is idle.
    view._handle_custom_msg({"k": "ready", "view": "v2", "nonce": "2"}, [])
    assert sent[-1]["to"] == "v2"
    assert Page(sent[-1]["snapshot"]).root.under[0].html == BUNDLE["text/html"]
    view._handle_custom_msg({"k": "gone", "view": "v1", "nonce": "3"}, [])
    assert view.comm is not None
    view._handle_custom_msg({"k": "gone", "view": "v2", "nonce": "4"}, [])
    assert view.comm is None


@pytest.mark.parametrize("strikes", range(1, 12))
def test_an_interrupt_during_the_end_does_not_spoil_it(
    live: tuple[WidgetSurface, FakeKernel],
    outputs: Outputs,
    monkeypatch: pytest.MonkeyPatch,
    strikes: int,
) -> None:
    surface, kernel = live
    click(surface, kernel, "1", k="ready")
    surface.draw(picture())
    surface.ask(BASH)
    left = strikes
    original = outputs.update_display

    def interrupted(*args: Any, **more: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        original(*args, **more)
        left -= 1
        if left == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(notebook_module, "update_display", interrupted)
    surface.finish(BUNDLE)
    assert outputs.html == BUNDLE["text/html"]
    assert kernel.shell_stream._recv_callback == kernel.original


# -- what a terminal is sent -----------------------------------------------------------------------


class Tty(io.StringIO):
    """A terminal that wraps its lines anew when it gets narrower."""

    size = os.terminal_size((20, 10))


def screen(monkeypatch: pytest.MonkeyPatch, *, reflows: bool) -> tuple[Screen, Tty]:
    tty = Tty()
    monkeypatch.setattr(Screen, "_size", lambda _: (tty.size.columns, tty.size.lines))
    ink = Ink(tty, {}, styled=True, coloured=True)
    return Screen(tty, ink, reflows=reflows), tty


@pytest.mark.parametrize(("reflows", "up"), [(True, 3), (False, 1)])
def test_a_tail_is_found_again_in_a_terminal_that_got_narrower(
    monkeypatch: pytest.MonkeyPatch, reflows: bool, up: int
) -> None:
    paper, tty = screen(monkeypatch, reflows=reflows)
    paper.draw((), [Text("x" * 18), Text("y" * 18)])
    tty.truncate(0)
    tty.size = os.terminal_size((10, 10))
    paper.draw((), [Text("z")])
    assert tty.getvalue().lstrip("\0").startswith(f"\r\x1b[{up}A\x1b[J")


def test_a_style_of_a_whole_line_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    paper, tty = screen(monkeypatch, reflows=True)
    paper.draw([Text("Change a file?", "bold yellow")], ())
    assert tty.getvalue() == "\x1b[1;33mChange a file?\x1b[0m\n"


def test_an_interrupt_waits_until_lines_are_drawn() -> None:
    done = []

    def draw() -> None:
        with held():
            signal.raise_signal(signal.SIGINT)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        draw()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def console_request(**metadata: str) -> Any:
    header = {"session": "a-b", "msg_id": "a-b_123_4"}
    return type("Kernel", (), {"get_parent": lambda _: {"header": header, "metadata": metadata}})()


def test_jupyter_console_is_known_and_a_notebook_is_not_taken_for_it() -> None:
    assert shows_text_only(console_request())
    assert not shows_text_only(console_request(cellId="x"))
    assert not shows_text_only(FakeKernel())
