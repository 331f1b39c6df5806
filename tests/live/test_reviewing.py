"""A review without a browser: whatever the surface and the user do, and what becomes of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.changes.review import Changes, Piece, ReviewVerdict, changes
from opencode_magic.disk.folder import Folder
from opencode_magic.errors import UnreachableError
from opencode_magic.live import reviewing
from opencode_magic.live.page.static import SilentSurface, StaticSurface
from opencode_magic.live.page.surface import READY_WITHIN_S, WidgetSurface, _action
from opencode_magic.live.prompts import pieces_html, review_prompt
from opencode_magic.live.quiet import QuietSurface
from opencode_magic.live.reviewing import review_turn
from opencode_magic.live.surface import TICK_S, Action, Answer, Bundle, Snapshot, Stop, Surface
from opencode_magic.live.terminal.surface import TerminalSurface
from opencode_magic.live.typed import NOBODY_BY, review_aloud
from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import (
    Message,
    MessageFolder,
    MessageInfo,
    PatchPart,
    StepFinishPart,
    ToolPart,
    ToolState,
)
from opencode_magic.model.review import Review
from opencode_magic.model.transcript import Ask, Transcript, from_messages
from opencode_magic.render import turn_bundle
from opencode_magic.render.blocks import Header, Item
from opencode_magic.render.html import block_html
from opencode_magic.render.reviews import MOST_FILES
from opencode_magic.traces import unrecorded
from opencode_magic.turns.turn import Turn
from tests.changes.test_desk import CHANGED, LINES, diff_of, put
from tests.harness.clock import Clock

from .test_bridge import FakeKernel
from .test_surfaces import (
    Outputs,
    clock,
    live,
    outputs,
    picture,
    refused,
    sent,
    terminal,
    typing,
)
from .test_surfaces import click as click_on

__all__ = ["clock", "live", "outputs", "sent", "terminal"]  # fixtures

HEADER = Header("demo/model", "build", "title")
PART = LINES.replace("line 5\n", "LINE 5\n")
"""The file with the first of its two hunks."""


@dataclass
class Reader:
    """A surface whose reader does what is planned, a step for each look."""

    plan: list[Callable[[], list[Action]]] = field(default_factory=list)
    drawn: list[Snapshot] = field(default_factory=list)

    def draw(self, picture: Snapshot) -> None:
        self.drawn.append(picture)

    def actions(self, timeout_s: float) -> list[Action]:
        return self.plan.pop(0)()

    def ask(self, request: Ask) -> Answer | None:
        raise AssertionError

    def review(self, asked: Changes) -> ReviewVerdict | None:
        return None

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None: ...


def turn(*diff: FileDiff, **more: Any) -> Turn:
    return Turn("ses_1", "do it", more.pop("transcript", Transcript("ses_1")), diff=diff, **more)


def reviewed(
    turn: Turn,
    surface: Surface,
    folder: Path | None,
    *,
    tell: Callable[[str], None] = lambda _: None,
    has_git: bool = True,
    timeout_s: float = 60,
    clock: Callable[[], float] = lambda: 0.0,
) -> tuple[Turn, Review]:
    done = review_turn(
        turn,
        surface,
        HEADER,
        Folder(folder) if folder else None,
        tell,
        has_git=has_git,
        timeout_s=timeout_s,
        clock=clock,
    )
    assert done.review is not None
    return done, done.review


def undo(*pieces: Piece, id: str = "review:ses_1") -> list[Action]:
    return [ReviewVerdict(id, frozenset(pieces))]


def test_what_the_reader_unticks_is_undone_and_told(tmp_path: Path) -> None:
    path, new = put(tmp_path, CHANGED), put(tmp_path, "x\n", "new")
    reader = Reader([list, lambda: undo((0, 0), id="another"), lambda: undo((0, 1), (1, 0))])
    told: list[str] = []
    diff = (diff_of(LINES, CHANGED), diff_of(None, "x\n", "new"))
    done, review = reviewed(turn(*diff), reader, tmp_path, tell=told.append)
    assert path.read_text() == PART
    assert not new.exists()
    assert [len(told), done.files, review.notes] == [1, ["f.txt"], (reviewing.TOLD,)]
    assert [said.file for said in review.taken] == ["f.txt", "new"]
    first, last = reader.drawn[0], reader.drawn[-1]
    assert first.review is not None
    assert first.phase == "waiting for your review"
    assert reviewing.UNFINISHED in first.checkpoint()["text/plain"]
    assert last.review is None
    text = turn_bundle(done)["text/plain"]
    assert "Reviewed: 1 of 3 hunks kept, 2 undone." in text
    assert [item.key for item in last.items][:1] == ["review:0"]
    files, record = text.split("Reviewed:")
    assert "(+1 -1)" in files
    assert "+new" in record


def interrupted() -> list[Action]:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (lambda: [Stop()], reviewing.STOPPED),
        (interrupted, reviewing.INTERRUPTED),
        (list, reviewing.UNANSWERED),
    ],
)
def test_without_a_decision_everything_is_kept(
    tmp_path: Path, does: Callable[[], list[Action]], why: str
) -> None:
    path = put(tmp_path, CHANGED)
    now = iter(range(100))
    told: list[str] = []
    done, review = reviewed(
        turn(diff_of(LINES, CHANGED)), Reader([does] * 20), tmp_path,
        tell=told.append, timeout_s=10, clock=lambda: next(now),
    )  # fmt: skip
    assert review.by == why
    assert path.read_text() == CHANGED
    assert done.diff == turn(diff_of(LINES, CHANGED)).diff
    assert told == []
    assert f"Not reviewed, everything was kept: {why}." in turn_bundle(done)["text/plain"]


def test_an_interrupt_does_not_halve_a_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [put(tmp_path, CHANGED, name) for name in "ab"]
    write = Folder.write

    def pressed(*args: Any, **more: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        write(*args, **more)

    monkeypatch.setattr(Folder, "write", pressed)
    before = signal.getsignal(signal.SIGINT)
    diff = [diff_of(LINES, CHANGED, name) for name in "ab"]
    everything = [(f, p) for f in range(2) for p in range(2)]
    _, review = reviewed(turn(*diff), Reader([lambda: undo(*everything)]), tmp_path)
    assert [path.read_text() for path in paths] == [LINES] * 2
    assert [file.undone for file in review.files] == [(0, 1)] * 2
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnreachableError("nothing answers"), "could not be told what was undone: nothing answers"),
        (KeyboardInterrupt(), reviewing.NOT_TOLD),
    ],
)
def test_an_agent_that_cannot_be_told_is_said_to_be(
    tmp_path: Path, error: BaseException, words: str
) -> None:
    path = put(tmp_path, CHANGED)

    def tell(_: str) -> None:
        raise error

    _, review = reviewed(
        turn(diff_of(LINES, CHANGED)), Reader([lambda: undo((0, 1))]), tmp_path, tell=tell
    )
    assert path.read_text() == PART
    assert words in review.notes[0]
    assert review.undone


def test_a_file_the_user_changed_meanwhile_is_reported_and_stays(tmp_path: Path) -> None:
    path = put(tmp_path, CHANGED)

    def meanwhile() -> list[Action]:
        path.write_text("mine\n")
        return undo((0, 0))

    told: list[str] = []
    said = diff_of(LINES, CHANGED)
    done, review = reviewed(turn(said), Reader([meanwhile]), tmp_path, tell=told.append)
    assert path.read_text() == "mine\n"
    assert review.files[0].left == (0,)
    assert (done.diff, told) == ((said,), [])
    assert "left alone: it has changed" in turn_bundle(done)["text/html"]


def parts(*found: Any) -> Transcript:
    message = Message(MessageInfo("msg_1", "ses_1", role="assistant"), found)
    return from_messages("ses_1", {"ses_1": [message]})


MAKE = ToolPart(
    "prt_1", "msg_1", "ses_1", "bash", state=ToolState("completed", {"command": "make"})
)
BASH = parts(MAKE)
PATCH = parts(MAKE, PatchPart("prt_2", "msg_1", "ses_1", files=["/p/made"]))
SAVED = parts(PatchPart("prt_2", "msg_1", "ses_1", files=["/p/notebook.ipynb"]))


@pytest.mark.parametrize(
    ("turn_", "here", "has_git", "why"),
    [
        (turn(diff_of(LINES, CHANGED)), False, True, reviewing.ELSEWHERE),
        (turn(transcript=BASH), True, False, reviewing.NO_GIT),
        (turn(transcript=PATCH), True, True, reviewing.NO_DIFF),
        (turn(FileDiff("b", "", status="modified")), True, True, reviewing.NOTHING),
    ],
)
def test_where_there_can_be_no_review_it_says_why(
    tmp_path: Path, turn_: Turn, here: bool, has_git: bool, why: str
) -> None:
    reader = Reader()
    _, review = reviewed(turn_, reader, tmp_path if here else None, has_git=has_git)
    assert review.by == why


def test_what_the_user_saved_meanwhile_needs_no_review(tmp_path: Path) -> None:
    asked = turn(transcript=SAVED)
    done = review_turn(
        asked, Reader(), HEADER, Folder(tmp_path), lambda _: None, has_git=True, timeout_s=60
    )
    assert done.review is None


def test_a_file_of_a_step_that_was_stopped_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, CHANGED)
    names = ["/p/f.txt", "/p/sub/late.txt", "/p/sub/saved.ipynb"]
    ended = Message(
        MessageInfo("msg_1", "ses_1", role="assistant"),
        (
            PatchPart("p1", "msg_1", "ses_1", files=["/p/gone"]),
            StepFinishPart("p2", "msg_1", "ses_1"),
        ),
    )
    late = Message(
        MessageInfo("msg_2", "ses_1", role="assistant", path=MessageFolder("/p/sub", "/p")),
        (MAKE, PatchPart("p3", "msg_2", "ses_1", files=names)),
    )
    transcript = from_messages("ses_1", {"ses_1": [ended, late]})
    stopped = turn(diff_of(LINES, CHANGED), transcript=transcript, state="stopped")
    _, review = reviewed(stopped, Reader([lambda: undo((0, 1))]), tmp_path)
    assert path.read_text() == PART
    assert [(f.file, f.why) for f in review.files] == [
        ("f.txt", ""),
        ("sub/late.txt", unrecorded.CUT_SHORT),
    ]


@pytest.mark.parametrize("turn_", [turn(), turn(transcript=BASH)])
def test_a_turn_that_changed_nothing_is_not_reviewed(tmp_path: Path, turn_: Turn) -> None:
    done = review_turn(turn_, Reader(), HEADER, Folder(tmp_path), print, has_git=True, timeout_s=1)
    assert done is turn_


# -- by input() ------------------------------------------------------------------------------------

ASKED = changes(
    "r",
    [
        diff_of(LINES, CHANGED, "a"),
        FileDiff("b", "", status="modified"),
        diff_of(None, "x\n", "c"),
    ],
)


@pytest.mark.parametrize(
    ("lines", "undone"),
    [
        (["none"], set()),
        ([" NONE "], set()),
        (["all"], {(0, 0), (0, 1), (2, 0)}),
        (["1"], {(0, 0), (0, 1)}),
        (["1.2"], {(0, 1)}),
        (["1.2, 3"], {(0, 1), (2, 0)}),
        (["1.1 3,"], {(0, 0), (2, 0)}),
        (["", "2", "1.3", "4", "0", "1.0", "-1", "a", "1.01", "1,x", "\u0661", "3.1"], {(2, 0)}),
    ],
)
def test_numbers_say_what_to_undo_and_nothing_else_does(
    lines: Sequence[str], undone: set[Piece]
) -> None:
    read, prompts = typing(*lines)
    assert review_aloud(ASKED, read) == ReviewVerdict("r", frozenset(undone))
    assert len(prompts) == len(lines)


def test_nobody_undoes_nothing(outputs: Outputs) -> None:
    kept = ReviewVerdict("r", by=NOBODY_BY)
    assert SilentSurface().review(ASKED) == kept
    assert StaticSurface(read=refused).review(ASKED) == kept


def test_static_output_shows_the_changes_while_it_asks(outputs: Outputs) -> None:
    seen: list[str] = []

    def read(_: str) -> str:
        seen.append(outputs.html)
        return "3"

    surface = QuietSurface(StaticSurface(read=read))
    surface.draw(picture())
    assert outputs.messages == 0
    assert surface.review(ASKED) == ReviewVerdict("r", frozenset({(2, 0)}))
    assert "1.2  line 32, +1" in seen[0]
    assert "LINE" in seen[0]
    assert "line 32" not in outputs.html


def test_a_terminal_lists_the_changes(
    terminal: tuple[TerminalSurface, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    surface, out = terminal
    monkeypatch.setattr(surface, "_read", typing("1.1")[0])
    assert surface.review(ASKED) == ReviewVerdict("r", frozenset({(0, 0)}))
    assert "1.1  line 6, +1 -1" in out.getvalue()
    assert "+LINE 5" in out.getvalue()


# -- in the view -----------------------------------------------------------------------------------


def test_the_page_gets_the_first_lines_and_asks_for_others() -> None:
    many = [diff_of(None, "x\n" * 300, f"{n}") for n in range(3)]
    asked = changes("r", [*many, FileDiff("\u202e<b>", "", status="modified")])
    files = review_prompt(asked, block_html)["files"]
    assert [file["html"] is None for file in files] == [False, True, True, True]
    assert [file["lines"] for file in files] == [300, 300, 300, 0]
    assert files[3]["file"] == "\\u202e<b>"
    assert files[3]["why"]
    assert "+x" in pieces_html(asked, 1, block_html)[0]
    assert pieces_html(asked, 3, block_html) == pieces_html(asked, 4, block_html) == []
    assert pieces_html(asked, -1, block_html) == []
    more = review_prompt(changes("r", many * MOST_FILES), block_html)
    assert len(more["files"]) == MOST_FILES
    assert more["more"] == "2,000 more files are not listed; they are kept."


@pytest.mark.parametrize(
    "undone", [None, "0", [[0]], [[0, "1"]], [[0, 1, 2]], [0], {"0": 1}, [[0, 0]] * 200_001]
)
def test_decisions_we_never_offered_do_nothing(undone: Any) -> None:
    assert list(_action({"k": "answer", "ask": "r", "reply": "review", "undone": undone})) == []


def test_a_decision_and_the_wish_for_lines_arrive(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, sent: list[dict[str, Any]]
) -> None:
    surface, kernel = live
    click_on(surface, kernel, "0", k="ready")
    clock.now += 2 * TICK_S
    surface.draw(Snapshot((), HEADER, "waiting", 1, review=ASKED))
    assert surface.review(ASKED) is None
    [ask] = [op for one in sent for op in one.get("ops", ()) if op[0] == "ask"]
    assert ask[1] == "r"
    click_on(surface, kernel, "1", k="pieces", ask="r", file=0)
    click_on(surface, kernel, "2", k="pieces", ask="other", file=0)
    assert surface.actions(0) == []
    [answer] = [one for one in sent if "pieces" in one]
    assert answer == {"to": "v1", "pieces": ["r", 0, pieces_html(ASKED, 0, block_html)]}
    click_on(surface, kernel, "3", k="answer", ask="r", reply="review", undone=[[0, 1], [2, 0]])
    assert surface.actions(0) == [ReviewVerdict("r", frozenset({(0, 1), (2, 0)}))]


def test_a_review_that_found_no_widgets_is_put_by_input(
    live: tuple[WidgetSurface, FakeKernel], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface, _ = live
    monkeypatch.setattr("builtins.input", typing("all")[0])
    shown = Snapshot((), HEADER, "waiting", 1, review=ASKED)
    surface.draw(shown)
    assert surface.review(ASKED) is None
    clock.now += READY_WITHIN_S + 0.1
    surface.draw(shown)
    assert surface.actions(0) == [ReviewVerdict("r", frozenset({(0, 0), (0, 1), (2, 0)}))]
    assert surface.actions(0) == []
