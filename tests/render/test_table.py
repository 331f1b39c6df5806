"""Values in columns: what a reader sees of them, and what a program gets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from opencode_magic.errors import InputError
from opencode_magic.render.blocks import Span
from opencode_magic.render.listing import Listing
from opencode_magic.render.table import Column, Table

HOSTILE = json.loads((Path(__file__).parent.parent / "data" / "hostile.json").read_text("utf-8"))
TABLE = Table(
    "numbers",
    (1, 22),
    (
        Column("", lambda n: "*" if n == 1 else ""),
        Column("name", lambda n: (Span(f"n{n}", "code"),), lambda n: f"n{n}"),
        Column("size", lambda n: f"{n:,}", lambda n: n, number=True),
    ),
    "that is all",
)


def test_it_is_a_sequence_of_its_values() -> None:
    assert (list(TABLE), len(TABLE), TABLE[1], bool(Table("empty"))) == ([1, 22], 2, 22, True)
    assert list(TABLE[1:]) == [22]
    assert list(Listing("t", (("a",), ("b",)))[:1]) == [("a",)]


def test_a_frame_has_the_values_and_not_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=dict))
    assert TABLE.df() == {"name": ["n1", "n22"], "size": [1, 22]}
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        TABLE.df()


def test_its_three_forms_say_the_same() -> None:
    bundle = TABLE._repr_mimebundle_()
    assert bundle["text/plain"].splitlines() == [
        "numbers",
        "   name  size",
        "*  n1       1",
        "   n22     22",
        "that is all",
    ]
    assert "| \\* | `n1` | 1 |" in bundle["text/markdown"]
    assert '<td><div align="right">22</div></td>' in bundle["text/html"]


def test_whatever_stands_in_a_cell_is_text() -> None:
    texts = [item if isinstance(item, str) else json.dumps(item) for item in HOSTILE]
    rows = tuple((text, text[::-1]) for text in texts)
    bundle = Listing("<b>", rows, ("<i>", "|"))._repr_mimebundle_()
    html = bundle["text/html"]
    for tag in (
        "<script",
        "<img",
        "<iframe",
        "<svg",
        "<style",
        "<b>",
        "<i>",
        'javascript:"',
        "<a ",
    ):
        assert tag not in html
    assert all(line.startswith("|") for line in bundle["text/markdown"].splitlines()[2:])
    assert "\x1b" not in bundle["text/plain"]
