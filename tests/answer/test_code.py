"""The code and the tables of an answer."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.answer.code import AnswerTable, CodeBlock, code_blocks, number_of, table, tables
from opencode_magic.errors import InputError

ODD = """\
Text | with a bar

| name | n | share | id | none | n |
|:-----|--:|:-----:|----|------|---|
| a \\| `b` | 1,234 | 12.3% | 007 | - | 1 |
| **c** | −5 | 1 % | 010 | n/a |
| [d](http://x) | 1e3 | n/a | 1 | | 3 | 4 |

> ```{python}
> x = 1
> ```
"""  # noqa: RUF001


def test_an_odd_table_is_read_as_it_is_shown() -> None:
    found = table(ODD)
    assert found.columns == ("name", "n", "share", "id", "none", "n")
    assert found.values == [
        ["a | b", "c", "d"],
        [1234, -5, 1000.0],
        [0.123, 0.01, None],
        ["007", "010", "1"],
        ["-", "n/a", ""],
        [1, None, 3],
    ]


def test_a_frame_has_numbers_and_distinct_names() -> None:
    pytest.importorskip("pandas")
    frame = table(ODD).df()
    assert list(frame.columns) == ["name", "n", "share", "id", "none", "n_2"]
    assert frame["n"].sum() == 2229
    assert list(AnswerTable(("a", "b"), ()).df().columns) == ["a", "b"]


def test_without_pandas_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        table(ODD).df()


def test_which_table_is_asked() -> None:
    two = "| a |\n|---|\n| 1 |\n\nand\n\n| b | c |\n|---|---|\n| 1 | 2 |\n"
    assert table(two, 1).columns == ("a",)
    assert table(two, -1).columns == ("b", "c")
    with pytest.raises(InputError, match=r"2 tables .* say which: 1 \(a\); 2 \(b, c\)"):
        table(two)
    for number in (0, 3, -3):
        with pytest.raises(InputError, match=f"no table {number}"):
            table(two, number)
    with pytest.raises(InputError, match="has no table"):
        table("```\n| a |\n|---|\n| 1 |\n```")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0", 0), ("-12", -12), ("+3", 3), ("1,234,567.5", 1234567.5), ("12.3%", 0.123),
        ("0.5 %", 0.005), ("1.5e-3", 0.0015), ("123456789012345", 123456789012345),
        ("1,23", None), ("12,34,567", None), ("01", None), ("1.", None), ("$5", None),
        ("5 kg", None), ("1234567890123456", None), ("1_000", None), ("nan", None), ("", None),
        ("\u0661", None),
    ],
)  # fmt: skip
def test_numbers(cell: str, number: float | None) -> None:
    assert number_of(cell) == number


words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="|\\`*_[]<>&!~#"
    ),
    min_size=1,
    max_size=8,
)
grids = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=2, max_size=5)
)


@given(grids)
def test_a_table_that_is_written_is_read(grid: list[list[str]]) -> None:
    head, *rows = ["| " + " | ".join(row) + " |" for row in grid]
    text = "\n".join([head, "|" + "---|" * len(grid[0]), *rows])
    assert tables(text) == [AnswerTable(tuple(grid[0]), tuple(map(tuple, grid[1:])))]


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_are_read_with_and_without_commas(number: int) -> None:
    assert number_of(str(number)) == number_of(f"{number:,}") == number


@pytest.mark.parametrize(
    "cell", ["1e400", "-1e999", "1e-400", "2.5e-999%", "1.23456789012345e-320", "1e308%e2"]
)
def test_what_no_float_holds_stays_text(cell: str) -> None:
    assert number_of(cell) is None
    assert tables(f"| n |\n|---|\n| {cell} |\n| 1 |")[0].values == [[cell, "1"]]


@given(st.floats(-1e6, 1e6).map(lambda x: round(x, 4)))
def test_shares_are_read(share: float) -> None:
    assert number_of(f"{share:.4f}%") == pytest.approx(share / 100)


@given(st.text())
def test_anything_can_be_read(text: str) -> None:
    for found in tables(text):
        assert all(len(row) == len(found.columns) for row in found.rows)
        assert len(found.values) == len(found.columns)
    code_blocks(text)


def test_a_block_is_text_with_a_language() -> None:
    (block,) = code_blocks(ODD)
    assert (block, block.language, block.text) == ("x = 1\n", "python", "x = 1\n")
    for same in (pickle.loads(pickle.dumps(block)), copy.deepcopy(block)):
        assert (same, same.language) == (block, "python")
    assert [b.language for b in code_blocks("~~~ sh title=x\nls\n~~~\n```\nopen")] == ["sh", ""]
    assert not CodeBlock("x = 1").is_python
    with pytest.raises(InputError, match="this block is bash"):
        CodeBlock("ls", "bash").run()
    with pytest.raises(InputError, match="no notebook here to run code in"):
        CodeBlock("1", "Python").run()
