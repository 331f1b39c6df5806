"""Hostile text, in every place it can enter, comes out as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from opencode_magic.render import turn_bundle
from opencode_magic.render.markdown import SPACED, to_html
from tests.render.judge import faults, hostile_turn, invisible, payload_html

ROOT = Path(__file__).parents[2]
CORPUS = [p["text"] for p in json.loads((ROOT / "tests/data/hostile.json").read_text("utf-8"))]
OTHERS = sorted(ROOT.parent.glob("*/security/hostile-payloads.json"))
"""A larger corpus of other people's, where one lies beside the repository."""

RAW = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""A front end that renders what it finds."""

HOSTILE = st.text(alphabet=st.sampled_from("<>&\"'`$\\()[]!*_#|~-\n ax:/@\u202e\x1b\x00\ud800"))


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_a_payload_is_harmless_wherever_it_enters(text: str) -> None:
    assert faults(payload_html(text)) == set()


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_the_markdown_copy_is_harmless_where_raw_html_is_rendered(text: str) -> None:
    assert faults(RAW.render(turn_bundle(hostile_turn(text))["text/markdown"])) == set()


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_the_plain_text_hides_nothing(text: str) -> None:
    assert not invisible(turn_bundle(hostile_turn(text))["text/plain"])


@pytest.mark.skipif(not OTHERS, reason="no other corpus lies beside the repository")
def test_a_corpus_of_others_is_harmless_too() -> None:
    payloads = [p for file in OTHERS for p in json.loads(file.read_text("utf-8"))["payloads"]]
    found = {p["id"]: faults(payload_html(p["payload"], p["kind"])) for p in payloads}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='https://a@b.test'>x</a>",
        "<a href='/lab'>x</a>",
        "<p>\u202e</p>",
        "<p>$x$</p>",
        "<p id=a>x</p>",
    ],
)
def test_the_judge_sees_what_is_wrong(markup: str) -> None:
    assert faults(markup)


@given(HOSTILE)
def test_any_text_is_harmless_wherever_it_enters(text: str) -> None:
    assert faults(payload_html(text)) == set()


@given(HOSTILE)
def test_any_text_is_harmless_in_the_markdown_copy(text: str) -> None:
    assert faults(RAW.render(turn_bundle(hostile_turn(text))["text/markdown"])) == set()


@given(st.text(max_size=200))
def test_any_unicode_is_rendered(text: str) -> None:
    assert faults(to_html(text)) == set()
    bundle = turn_bundle(hostile_turn(text))
    assert all(value.encode() for value in bundle.values())


def test_agent_text_cannot_carry_our_classes() -> None:
    source = '<span class="ocm-verb">Run</span>\n\n```ocm-row\nx\n```'
    assert set(re.findall('<[a-z]+ class="([^"]*)"', to_html(source))) == {
        f"mathjax_ignore tex2jax_ignore {SPACED}",
        SPACED,
        "highlight",
    }
