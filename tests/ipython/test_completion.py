"""What is offered while a cell of ours is typed, and that nobody waits for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypedDict

import pytest

from opencode_magic.context.notebook import Notebook
from opencode_magic.ipython.completion import (
    Names,
    Suggestion,
    candidates,
    matched,
    place,
    prompt_before,
)


class Known(Names):
    """Names that are known already."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def of(self, kind: str, word: str) -> list[Suggestion]:
        return {
            "session": [Suggestion("ses_1", "fix the tests"), Suggestion("ses_2", "a new plot")],
            "model": [Suggestion("fake/demo"), Suggestion("fake/other:7b")],
            "agent": [Suggestion("build"), Suggestion("plan")],
            "path": [Suggestion(f"{word}.txt")],
            "command": [Suggestion("review", "looks at changes")],
        }.get(kind, [])


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("%opencode /us", "/us"),
        ("x = 1\n%opencode --mod", "--mod"),
        ("answer = %opencode -m fa", "-m fa"),
        ("%%opencode -a pl", "-a pl"),
        ("%%opencode -a plan\n/us", "/us"),
        ("%%opencode\nwhat does pri", None),
        ("%%opencode\n-", None),
        ("print(%opencode", None),
        ("%opencodex /us", None),
        ("%%bash\n%opencode", None),
        ("pri", None),
    ],
)
def test_only_what_stands_behind_our_magic_is_read(text: str, prompt: str | None) -> None:
    assert prompt_before(text) == prompt


@pytest.mark.parametrize(
    ("prompt", "word", "some"),
    [
        ("--per", "--per", "--permission"),
        ("-m fake/o", "fake/o", "fake/other:7b"),
        ("--new -a pl", "pl", "plan"),
        ("--permission de", "de", "deny"),
        ("/us", "/us", "/use"),
        ("/rev", "/rev", "/review"),
        ("/use ses_1", "ses_1", "ses_1"),
        ("/use plot", "plot", "ses_2"),
        ("/undo --pre", "--pre", "--preview"),
        ("/cat my  fi", "my  fi", "my  fi.txt"),
        ("/export --json -- my fi", "my fi", "my fi.txt"),
        ("/find foo --con", "--con", "--context"),
    ],
)
def test_a_word_is_completed_by_where_it_stands(prompt: str, word: str, some: str) -> None:
    found = candidates(prompt, Known())
    assert found[0] == word
    assert some in [c.text for c in found[1]]


@pytest.mark.parametrize(
    "prompt",
    [
        *("what does pri", "-- --per", "say /us", "/a/b", "-m fake/demo what"),
        *("/find -- --con", "/mcp add x npx --std"),
    ],
)
def test_nothing_is_offered_in_prose(prompt: str) -> None:
    assert candidates(prompt, Known())[1] == []
    assert place("") is None


def test_a_server_that_hangs_is_not_waited_for() -> None:
    answer = threading.Event()

    def agents() -> list[Any]:
        answer.wait(20)
        return [SimpleNamespace(name="plan", description="", hidden=False)]

    app: Any = SimpleNamespace(link=SimpleNamespace(client=SimpleNamespace(agents=agents)))
    names = Names(lambda: app)
    assert names.of("agent", "") == []  # returns although nothing has answered
    answer.set()
    for thread in names._busy.values():
        thread.join()
    assert [c.text for c in names.of("agent", "")] == ["plan"]
    assert Names(lambda: None).of("agent", "") == []


def test_what_a_title_or_a_file_name_hides_is_not_offered() -> None:
    class Hostile(Known):
        def of(self, kind: str, word: str) -> list[Suggestion]:
            return [Suggestion("ses_1", "a\x1b[31m title\u202e of many words " * 9),
                    Suggestion("ses_\x1b]52;c;eA==\x07", "b")]  # fmt: skip

    context = SimpleNamespace(full_text="%opencode /use ", cursor_line=0, cursor_position=15)
    (offered,) = matched(context, Hostile())["completions"]
    assert offered.text == "ses_1"
    assert offered.type.isprintable() or "\xa0" in offered.type
    assert "\x1b" not in offered.type
    assert "\u202e" not in offered.type
    assert " " not in offered.type  # JupyterLab would break it there, line over line
    assert len(offered.type) < 100


class NeverAsked(type):
    """A metaclass that fails where anything of its classes is asked for."""

    def __getattribute__(cls, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


class OfAsked(metaclass=NeverAsked):
    pass


@dataclass
class Row:
    n: int


class Cell(TypedDict):
    n: int


def test_what_can_be_a_form_is_offered_and_no_code_of_it_runs() -> None:
    pydantic = pytest.importorskip("pydantic")
    values = {
        "Row": Row,
        "Cell": Cell,
        "Leaf": pydantic.create_model("Leaf", n=(int, 0)),
        "Rows": list[Row],
        "schema": {"type": "object", "properties": {}},
        "BaseModel": pydantic.BaseModel,
        "record": {"type": "a kind", "n": 1},
        "row": Row(1),
        "odd": OfAsked,
        "number": 3,
        "_Hidden": Row,
    }
    names = Names(lambda: None, lambda: Notebook(values))
    for line in ("%opencode --schema ", "x = %opencode --schema ", "%%opencode --schema "):
        word, found = candidates(prompt_before(line) or "", names)
        assert word == ""
        assert {c.text: c.about for c in found} == {
            "Row": "dataclass",
            "Cell": "TypedDict",
            "Leaf": "pydantic model",
            "Rows": "list",
            "schema": "JSON schema",
            "DataFrame": "frame",
            "list[": "a list of one",
        }
    word, found = candidates("--schema list[Ro", names)
    assert (word, [c.text for c in found]) == ("list[Ro", ["list[Row]", "list[Rows]"])
