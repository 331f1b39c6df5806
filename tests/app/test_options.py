"""Options before the words; the words as they were written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.app.options import OPTIONS, Options, explain, parse
from opencode_magic.errors import InputError


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


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("class", "a word of Python's own"),
        ("None", "a word of Python's own"),
        ("await", "a word of Python's own"),
        ("\uff43lass", "a word of Python's own"),
        ("get_ipython", "IPython's own name"),
        ("In", "IPython's own name"),
        ("Out", "IPython's own name"),
        ("display", "IPython's own name"),
        ("exit", "IPython's own name"),
        ("quit", "IPython's own name"),
        ("_", "IPython's own name"),
        ("___", "IPython's own name"),
        ("_7", "IPython's own name"),
        ("_i", "IPython's own name"),
        ("_i12", "IPython's own name"),
        ("_dh", "IPython's own name"),
        ("_oc", "every Turn is kept there anyway"),
        ("__name__", "a name that Python itself reads"),
        ("__builtins__", "a name that Python itself reads"),
        ("print", "one of Python's own functions"),
        ("list", "one of Python's own functions"),
        ("type", "one of Python's own functions"),
        ("ValueError", "one of Python's own functions"),
        ("\uff50rint", "one of Python's own functions"),
        ("2x", "not a name Python allows"),
        ("a-b", "not a name Python allows"),
        ("df.x", "a plain one, without dots or brackets"),
        ("d[0]", "a plain one, without dots or brackets"),
        ('""', "not a name Python allows"),
    ],
)
def test_a_name_that_is_not_the_users_is_refused_with_the_reason(name: str, why: str) -> None:
    for line in (f"-o {name} go", f"--out={name} go", f"--quiet -o {name} /sessions"):
        with pytest.raises(InputError, match=re.escape(why)) as caught:
            parse(line)
        assert "\n" not in str(caught.value)
        assert "Nothing was sent" in str(caught.value)


@pytest.mark.parametrize("name", ["match", "case", "_mine", "__x", "größe", "oc", "result", "In_"])
def test_a_name_of_the_users_is_taken(name: str) -> None:
    assert parse(f"-o {name} go")[0].out == name


def test_a_name_is_kept_as_python_reads_it() -> None:
    assert parse("-o \uff41\uff42 go")[0].out == "ab"


@given(st.text())
def test_words_behind_the_dashes_survive(words: str) -> None:
    assert parse(f"-- {words}")[1] == words.lstrip()


def test_the_help_names_every_option() -> None:
    assert all(flag in explain() for option in OPTIONS for flag in option.flags)
