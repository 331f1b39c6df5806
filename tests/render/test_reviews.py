"""A review in words: what can be chosen, what became of it, what the agent is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opencode_magic.changes.review import change, changes
from opencode_magic.model.files import FileDiff
from opencode_magic.model.review import FileReview, Review
from opencode_magic.render.blocks import Diff, Fold, Plain
from opencode_magic.render.html import block_html, document_html
from opencode_magic.render.reviews import (
    MOST_LINES,
    NOTE,
    NOTE_CHARS,
    listing,
    note,
    piece_words,
    record,
)
from opencode_magic.render.text import document_markdown, document_text
from tests.changes.test_desk import CHANGED, LINES, diff_of
from tests.render.judge import faults, invisible

CORPUS = [
    p["text"]
    for p in json.loads((Path(__file__).parents[1] / "data/hostile.json").read_text("utf-8"))
]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (LINES, LINES.replace("line 5\n", "a\nb\nc\n"), "lines 6-8, +3 -1"),
        (LINES, LINES.replace("line 5\n", "a\n"), "line 6, +1 -1"),
        (LINES, LINES.replace("line 5\nline 6\n", ""), "before line 6, -2"),
        (LINES, LINES.replace("line 39\n", ""), "before line 40, -1"),
        (LINES, "new\n" + LINES, "line 1, +1"),
        ("a\n", "b", "line 1, +1 -1"),
        (LINES, LINES.replace("line 5", "a").replace("line 8", "b"), "lines 6-9, +2 -2"),
    ],
)
def test_a_hunk_is_called_by_its_changed_lines(before: str, after: str, words: str) -> None:
    file = change(diff_of(before, after))
    assert [piece_words(file, n) for n in range(len(file.pieces))] == [words]


def test_a_whole_file_is_not_called_a_hunk() -> None:
    assert piece_words(change(diff_of(None, "a\n")), 0) == ""
    assert piece_words(change(diff_of("a\n", None)), 0) == ""
    lines = [f"{n}\n" for n in range(1800)]
    new = [f"{n}!\n" if n % 8 == 0 else f"{n}\n" for n in range(1800)]
    many = change(diff_of("".join(lines), "".join(new)))
    assert [piece_words(many, n) for n in range(len(many.pieces))] == ["all 225 hunks"]


REVIEW = Review(
    (
        FileReview("a.py", 2, undone=(1,)),
        FileReview("b.py", 1),
        FileReview("c.py", 1, left=(0,), why="it has changed meanwhile"),
        FileReview("d.bin", why="it is binary"),
        FileReview("new.py", 1, undone=(0,)),
    ),
    taken=(
        diff_of(LINES, CHANGED.replace("LINE 5\n", "line 5\n"), "a.py"),
        diff_of(None, "new\n", "new.py"),
    ),
    notes=("The agent was told what was undone.",),
)


def test_the_record_says_what_was_kept_undone_and_left_alone() -> None:
    items = record(REVIEW)
    for text in (document_text(items), document_markdown(items)):
        for words in (
            "Reviewed: 3 of 5 hunks kept, 2 undone, 1 could not be undone.",
            "(1 of 2 hunks undone: line 32 (+1))",
            "(1 of 1 hunk undone: the new file was deleted)",
            "(left alone: it has changed meanwhile)",
            "(could not be chosen: it is binary)",
            "2 hunks undone, no longer in the files",
            "The agent was told what was undone.",
        ):
            assert words in text
        assert "b.py" not in text
    fold = next(item.block for item in items if isinstance(item.block, Fold))
    assert [type(block) for block in fold.body] == [Diff, Diff]
    assert faults(document_html(items)) == set()


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (Review((FileReview("a", 2), FileReview("b", 1))), "Reviewed: everything kept (3 hunks)."),
        (Review((FileReview("a", 2),), by="nobody came"),
         "Not reviewed, everything was kept: nobody came."),
    ],
)  # fmt: skip
def test_what_was_kept_is_said_in_one_line(review: Review, words: str) -> None:
    assert document_text(record(review)).strip() == words


def test_the_agent_is_told_which_hunks_are_gone_and_what_they_were() -> None:
    told = note(REVIEW.taken)
    assert told.startswith(NOTE)
    assert "- a.py: line 32 (+1)\n- new.py: the new file was deleted\n" in told
    assert "+new" in told
    assert "Do not bring back" in told


def test_a_long_review_is_told_in_few_words() -> None:
    taken = [diff_of(LINES, CHANGED, f"file-{n}.py") for n in range(400)]
    told = note(taken)
    assert len(told) <= NOTE_CHARS
    assert "What was undone" not in told
    big = note([diff_of(None, "x\n" * NOTE_CHARS)])
    assert "What was undone" not in big
    assert "the new file was deleted" in big


def test_the_list_has_the_numbers_to_choose_by() -> None:
    binary = FileDiff("b.bin", "", status="modified")
    asked = changes("r", [diff_of(LINES, CHANGED, "a.py"), binary, diff_of(None, "x\n", "c.py")])
    blocks = listing(asked)
    texts = [block.text for block in blocks if isinstance(block, Plain)]
    assert texts == [
        "1  a.py (+2 -1)",
        "1.1  line 6, +1 -1",
        "1.2  line 32, +1",
        "-  b.bin: cannot be undone, it is binary, or not text the server could send",
        "3  c.py (new, +1)",
    ]
    assert sum(isinstance(block, Diff) for block in blocks) == 3
    long = listing(changes("r", [diff_of(None, "x\n" * (MOST_LINES + 1))]))
    assert not any(isinstance(block, Diff) for block in long)
    assert "too many to be shown" in document_text([]) + repr(long)


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_hostile_names_and_lines_stay_data(text: str) -> None:
    said = diff_of("old\n", f"{text}\n", file=text)
    review = Review(
        (FileReview(text, 2, undone=(0,)), FileReview(text, 1, left=(0,), why=text)),
        by="user",
        taken=(said, diff_of(None, text, file=text)),
        notes=(text,),
    )
    items = record(review)
    assert faults(document_html(items)) == set()
    assert not invisible(document_text(items))
    asked = changes("r", [said, diff_of(None, text, file=text)])
    assert faults("".join(map(block_html, listing(asked)))) == set()
    assert not invisible(note(review.taken).split("What was undone:")[0])
