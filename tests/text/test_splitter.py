"""Growing Markdown is cut where no later text can change what stands before."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.render.markdown import to_html
from opencode_magic.text.splitter import Splitter

SOURCE = st.text(alphabet=st.sampled_from("\n\n\n -*+1.)`~>a#\t\r"), max_size=80)


def split(source: str) -> tuple[tuple[str, ...], str]:
    splitter = Splitter()
    return splitter.feed(source), splitter.tail


@pytest.mark.parametrize(
    ("source", "chunks", "tail"),
    [
        ("a", [], "a"),
        ("a\n\nb", ["a\n\n"], "b"),
        ("a\nb\n\n\nc", ["a\nb\n\n\n"], "c"),
        ("a\n\n  b", [], "a\n\n  b"),
        ("- a\n\n- b\n\n  c\n\nd", ["- a\n\n- b\n\n  c\n\n"], "d"),
        ("- a\n\n**b", ["- a\n\n"], "**b"),
        ("- a\n\n-", [], "- a\n\n-"),
        ("1. a\n\n2", [], "1. a\n\n2"),
        ("1. a\n\n23 b", ["1. a\n\n"], "23 b"),
        ("```py\na\n\nb\n", [], "```py\na\n\nb\n"),
        ("```py\na\n\nb\n```\nc", ["```py\na\n\nb\n```\n"], "c"),
        ("~~~\n```\n\na\n~~~\n", ["~~~\n```\n\na\n~~~\n"], ""),
        ("````\n```\n\na\n````\n", ["````\n```\n\na\n````\n"], ""),
        (
            "- a\n  ```\n  b\n\n  c\n  ```\n- d\n\ne",
            ["- a\n  ```\n  b\n\n  c\n  ```\n- d\n\n"],
            "e",
        ),
        ("    code\n\n    more\n\na", ["    code\n\n    more\n\n"], "a"),
        ("\n\na\n\nb", ["\n\na\n\n"], "b"),
    ],
)
def test_chunks_close_at_the_top_level(source: str, chunks: list[str], tail: str) -> None:
    assert split(source) == (tuple(chunks), tail)


@settings(max_examples=25 * settings().max_examples)
@given(SOURCE)
def test_chunks_and_tail_are_the_source(source: str) -> None:
    chunks, tail = split(source)
    assert "".join(chunks) + tail == source
    assert all(chunks)


@settings(max_examples=25 * settings().max_examples)
@given(SOURCE, st.sets(st.integers(0, 80)))
def test_where_the_text_was_cut_never_matters(source: str, cuts: set[int]) -> None:
    edges = sorted({0, len(source)} | {cut for cut in cuts if cut < len(source)})
    splitter = Splitter()
    fed = [chunk for a, b in pairwise(edges) for chunk in splitter.feed(source[a:b])]
    assert (tuple(fed), splitter.tail) == split(source)


PARAGRAPHS = st.lists(
    st.sampled_from(
        [
            "Some *words* here.",
            "```python\nx = 1\n\ny = 2\n```",
            "- one\n- two\n\n  more",
            "1. one\n2. two",
            "> a quote",
            "## A heading",
            "| a | b |\n|---|---|\n| 1 | 2 |",
            "    indented",
            "---",
        ]
    ),
    max_size=6,
)


@settings(max_examples=5 * settings().max_examples)
@given(PARAGRAPHS)
def test_chunks_look_alone_as_they_look_together(paragraphs: list[str]) -> None:
    source = "\n\n".join(paragraphs)
    chunks, tail = split(source)

    def body(markdown: str) -> str:
        return to_html(markdown).partition(">")[2].removesuffix("</div>")

    assert "".join(map(body, [*chunks, tail])) == body(source)


def test_a_long_open_fence_costs_each_character_once() -> None:
    splitter = Splitter()
    splitter.feed("```\n")
    began = time.perf_counter()
    for _ in range(50_000):
        splitter.feed("some line of code\n")
    assert time.perf_counter() - began < 10
