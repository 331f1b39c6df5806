"""One grammar for the magics and the commands: what both read in the same way, and what not."""

from __future__ import annotations

import pytest

from opencode_magic.app.options import parse
from opencode_magic.commands import commands
from opencode_magic.errors import InputError
from opencode_magic.text.grammar import Grammar, Option, first_word

OPTIONS = (Option(("-t", "--title"), "TITLE"), Option(("--quick",), ""))


@pytest.mark.parametrize(
    ("text", "word", "after"),
    [
        ("a b  c ", "a", "b  c "),
        ('"a b" c', "a b", "c"),
        ("'a \"b' c", 'a "b', "c"),
        ("'a'b c", "'a'b", "c"),
        ("it's 1", "it's", "1"),
        ('"open 1', '"open', "1"),
        ('""', "", ""),
        ("", "", ""),
    ],
)
def test_a_word_is_what_stands_between_spaces_or_in_quotes(
    text: str, word: str, after: str
) -> None:
    assert first_word(text) == (word, after)


@pytest.mark.parametrize(
    ("text", "words", "values"),
    [
        ("--title=x go on", ["go on"], {"title": "x"}),
        ("--title='a b' go on", ["go on"], {"title": "a b"}),
        ("-t 'a b' --quick go", ["go"], {"title": "a b", "quick": True}),
        ("-- -t x", ["-t x"], {}),
        ("--1 and --- are text", ["--1 and --- are text"], {}),
        ("go on --quick", ["go on --quick"], {}),
        ("--quick", [], {"quick": True}),
    ],
)
def test_options_come_first(text: str, words: list[str], values: dict[str, object]) -> None:
    assert Grammar(OPTIONS).read(text) == (words, values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("--quick=yes", "--quick takes no value"),
        ("-t --quick", "--title needs a value: -t, --title TITLE"),
        ("-t", "--title needs a value"),
        ("--title= x", "--title needs a value"),
        ("--nope", "no option --nope"),
    ],
)
def test_what_is_no_option_is_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Grammar(OPTIONS).read(text)


def test_a_value_may_be_empty_where_the_grammar_says_so() -> None:
    assert Grammar(OPTIONS, empty=True).read("-t '' x") == (["x"], {"title": ""})
    with pytest.raises(InputError, match="needs a value"):
        Grammar(OPTIONS, empty=True).read("-t")


def test_the_end_of_the_line_is_read_where_the_grammar_says_so() -> None:
    at_end = Grammar(OPTIONS, 2, at_end=True)
    assert at_end.read("a --quick b c --title d") == (["a", "b c"], {"quick": True, "title": "d"})
    assert at_end.read("a -- b --quick") == (["a", "b --quick"], {})


def test_the_magics_and_the_commands_read_a_quoted_value_alike() -> None:
    assert parse("--session='a b' go")[0].session == "a b"
    assert commands()["auth"]._parse("--code='a b' x") == (["x"], {"code": "a b"})
    for line in ("--quiet=1 go", "--session --quiet go"):
        with pytest.raises(InputError, match=r"takes no value|needs a value"):
            parse(line)
    for text in ("--yes=1 x", "--code --yes x"):
        with pytest.raises(InputError, match=r"takes no value|needs a value"):
            commands()["auth"]._parse(text)
