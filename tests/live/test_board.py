"""The board against a small model of the page: patched equals rebuilt, and nothing sent twice."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.live.page.board import BYTES_PER_S, DEEPEST, Board, Head, Scene
from opencode_magic.render.blocks import (
    Block,
    Code,
    Fold,
    Header,
    Item,
    Markdown,
    Notice,
    Row,
)

from .page import Page


def html(block: Block) -> str:
    """A rendering that shows every field."""
    return f"<p>{block!r}</p>"


def scene(*items: Item, **more: Any) -> Scene:
    return Scene(items, **more)


A, B = (
    "First paragraph.\n\nSecond, ",
    "# Title\n\n```py\nx = 1\n\ny = 2\n```\nAfter.\n\n- a\n\n- b\n",
)
WRITTEN = [
    Markdown("", open=True),
    Markdown(A, open=True),
    Markdown(A + "which goes on.\n\nThird", open=True),
    Markdown(A, open=False),
    Markdown(B, open=True),
    Markdown(B, open=False),
    Markdown("Other.\n\n" + B, open=True),
]
SCENES = [
    scene(),
    *(scene(Item("m", block)) for block in WRITTEN),
    scene(Item("m", Notice("now another kind"))),
    scene(Item("r", Row("Run", "ls")), Item("m", WRITTEN[1])),
    scene(Item("m", WRITTEN[1]), Item("r", Row("Run", "ls", "completed"))),
    scene(Item("f", Fold("Thinking", (WRITTEN[1],), "reasoning"))),
    scene(Item("f", Fold("Thought", (WRITTEN[3], Code("x")), "reasoning")), Item("m", WRITTEN[2])),
    scene(
        Item("t", Row("Delegate", "look")),
        Item("t1", Row("Read", "a.py"), "t"),
        Item("t2", WRITTEN[2], "t"),
        Item("u", Row("Delegate", "more"), "t"),
        Item("u1", Row("Read", "b.py"), "u"),
        Item("m", WRITTEN[2]),
    ),
    scene(
        Item("u", Row("Delegate", "more")),
        Item("u1", Row("Read", "b.py"), "u"),
        Item("t", Row("Delegate", "look", "failed")),
        Item("t2", WRITTEN[3], "t"),
        Item("t1", Row("Read", "a.py"), "t"),
    ),
    scene(Item("m", Markdown("x")), asks=({"id": "1"},), phase="waiting for your answer"),
    scene(Item("m", Markdown("x")), asks=({"id": "0", "under": "m"}, {"id": "1", "under": "m"})),
    scene(Item("m", Markdown("x")), asks=({"id": "1", "title": "other words", "under": "m"},)),
    scene(
        Item("m", Markdown("x")),
        head=Head(Header("a/b", "build", "title"), 3, running=False),
        phase="done\u202e",
    ),
    scene(Item("x", Notice("no such parent"), "gone"), Item("x", Notice("the same key"))),
]


def rebuilt(target: Scene) -> Page:
    return Page(Board(html).ops(target, 0))


@pytest.mark.parametrize(("one", "other"), list(itertools.product(SCENES, SCENES)))
def test_a_patched_page_equals_a_rebuilt_one(one: Scene, other: Scene) -> None:
    board = Board(html)
    page = Page(board.ops(one, 0))
    page.apply(board.ops(other, 0))
    assert page.seen() == rebuilt(other).seen()
    assert Page(board.snapshot(0)).seen() == page.seen()


@given(st.lists(st.sampled_from(SCENES), max_size=8))
def test_any_path_leads_to_the_same_page(path: list[Scene]) -> None:
    board, page = Board(html), Page()
    for number, step in enumerate(path):
        now = 60.0 * number  # a block that changed a moment ago may wait
        page.apply(board.ops(step, now))
        assert board.ops(step, now) == []
    assert page.seen() == rebuilt(path[-1] if path else scene()).seen()


@given(st.text("ab \n`-#*1.\r\u202e", max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_where_the_text_was_cut_into_pieces_does_not_matter(text: str, cuts: list[int]) -> None:
    board, page = Board(html), Page()
    for cut in sorted(cuts):
        page.apply(board.ops(scene(Item("m", Markdown(text[:cut], open=True))), 0))
    for is_open in (True, False):
        last = scene(Item("m", Markdown(text, open=is_open)))
        page.apply(board.ops(last, 0))
        assert page.seen() == rebuilt(last).seen()


def test_equal_blocks_cost_nothing() -> None:
    rendered = []

    def counted(block: Block) -> str:
        rendered.append(block)
        return html(block)

    board = Board(counted)
    for number in range(5):
        row = Row("Run", "ls", body=(Code("out"),))
        board.ops(scene(Item("r", row), Item("m", Markdown("x" * number, open=True))), number)
    assert rendered == [Row("Run", "ls", body=(Code("out"),))]


def test_a_token_costs_the_same_however_long_the_answer_is() -> None:
    paragraph = "Some words of an answer, as many as a paragraph has. " * 8 + "\n\n"

    def bytes_for(length: int) -> int:
        board = Board(html)
        written = paragraph * length
        board.ops(scene(Item("m", Markdown(written, open=True))), 0)
        total = 0
        for token in ("and ", "so ", "on", ", "):
            written += token
            ops = board.ops(scene(Item("m", Markdown(written, open=True))), 0)
            total += len(json.dumps(ops))
        return total

    assert bytes_for(1) == bytes_for(500) < 1000  # a paragraph ends among them


def test_a_big_block_that_keeps_changing_waits_and_arrives_in_the_end() -> None:
    board = Board(html)
    output = "x" * BYTES_PER_S

    def at(number: int) -> Scene:
        return scene(Item("r", Row("Run", body=(Code(output + str(number)),))))

    page = Page(board.ops(at(0), 0))
    page.apply(board.ops(at(1), 1))
    assert not board.late
    assert board.ops(at(2), 1.05) == []
    assert board.late
    assert board.ops(at(3), 2.5)
    assert not board.late
    board.ops(at(4), 2.6)
    page.apply(board.ops(at(5), 2.7, all_of_it=True))
    assert page.seen() == rebuilt(at(5)).seen()


def test_the_clock_of_the_page_is_put_right_only_where_it_is_off() -> None:
    board = Board(html)
    assert [op[0] for op in board.ops(scene(head=Head(elapsed_s=5)), 100)] == ["head"]
    assert board.ops(scene(head=Head(elapsed_s=15.5)), 110) == []
    ((name, head),) = board.ops(scene(head=Head(elapsed_s=30)), 110)
    assert (name, head["elapsed"]) == ("head", 30)
    assert next(op for op in board.snapshot(112) if op[0] == "head")[1]["elapsed"] == 32


def test_blocks_nested_without_end_stand_at_the_deepest_level() -> None:
    items = [Item(str(n), Notice("x"), str(n - 1)) for n in range(5000)]
    board = Board(html)
    page = Page(board.ops(scene(*items), 0))
    element, depth = page.root, 0
    while element.under:
        element, depth = element.under[0], depth + 1
    assert depth == DEEPEST
    assert len(page.elements) == 5001
    assert len(board.snapshot(0)) >= 5000


def test_text_that_could_deceive_is_written_out() -> None:
    board = Board(html)
    ops = board.ops(
        scene(
            Item("m", Markdown("a\u202eb", open=True)),
            Item("f", Fold("a\u202eb")),
            phase="a\u202eb",
        ),
        0,
    )
    assert "\u202e" not in json.dumps(ops, ensure_ascii=False)
