"""Options before the words; the words as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.errors import InputError
from opencode_magic.options import OPTIONS, Options, explain, parse


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ("fix it", Options(), "fix it"),
        ("-m a/b fix it", Options(model="a/b"), "fix it"),
        ("-m a/b:free/x --variant high go", Options(model="a/b:free/x", variant="high"), "go"),
        ("--model=a/b go", Options(model="a/b"), "go"),
        ("-o df what's $x in {y}?", Options(out="df"), "what's $x in {y}?"),
        ("--new fix", Options(new=""), "fix"),
        ('--new "two words" fix', Options(new="two words"), "fix"),
        ("--new='two words' fix", Options(new="two words"), "fix"),
        ("--permission deny --quiet x", Options(permission="deny", quiet=True), "x"),
        ("--review x", Options(review=True), "x"),
        ("--no-review x", Options(no_review=True), "x"),
        ("-- -m is an option", Options(), "-m is an option"),
        ("-1 is returned", Options(), "-1 is returned"),
        ("- a list", Options(), "- a list"),
        ("", Options(), ""),
        ("-s ses_1", Options(session="ses_1"), ""),
    ],
)
def test_options_are_read_and_the_rest_is_left_alone(
    line: str, options: Options, words: str
) -> None:
    assert parse(line) == (options, words)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--modle a/b x", "no option --modle"),
        ("-z", "no option -z"),
        ("-m", "--model needs a value"),
        ("--permission maybe x", "choose one of ask, allow, deny"),
        ("--review=no go", "--review takes no value"),
        ("-o 2x go", "not a name Python allows"),
    ],
)
def test_a_wrong_option_is_one_clear_line(line: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse(line)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_words_behind_the_dashes_survive(words: str) -> None:
    assert parse(f"-- {words}")[1] == words.lstrip()


def test_the_help_names_every_option() -> None:
    assert all(flag in explain() for option in OPTIONS for flag in option.flags)
