"""Answers as typed values from Python, and many of them at once, on a real server."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest

from opencode_magic import OpenCode
from opencode_magic.api.map import Mapped
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, Wait, script
from opencode_magic.errors import FormError, InputError, ModelError, UnaskedError
from tests.conftest import Figures
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

pandas = pytest.importorskip("pandas")
pydantic = pytest.importorskip("pydantic")


@dataclass
class Row:
    n: int
    name: str = "-"


class Cell(TypedDict):
    n: int


class Leaf(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    n: int


class Tree(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    leaves: list[Leaf]
    inner: Tree | None = None


NUMBERS = {"type": "array", "items": {"type": "integer"}}


@pytest.fixture(scope="module")
def oc(plain_server: PlainServer) -> Iterator[OpenCode]:
    with plain_server.client() as oc:
        oc.probe()
        yield oc


@pytest.fixture(autouse=True)
def nothing_is_left(oc: OpenCode) -> Iterator[None]:
    before = {s.id for s in oc.session.list(limit=1000)}
    yield
    assert {s.id for s in oc.session.list(limit=1000)} == before


def answer(value: object) -> Call:
    return Call("StructuredOutput", value if isinstance(value, dict) else {"value": value})


def ask(oc: OpenCode, schema: Any, *steps: Any, **options: Any) -> Any:
    return oc.ask(f"rows {script(*steps)}", schema=schema, model=MODEL_ID, **options)


@pytest.mark.parametrize(
    ("schema", "said", "value"),
    [
        (Row, {"n": 7}, Row(7)),
        (list[Row], [{"n": 7, "name": "x"}], [Row(7, "x")]),
        (Cell, {"n": 7}, {"n": 7}),
        (Tree, {"leaves": [{"n": 7}], "inner": {"leaves": []}}, None),
        (list[Leaf], [{"n": 7}], [Leaf(n=7)]),
        (NUMBERS, [1, 2], [1, 2]),
        (int, 3, 3),
    ],
    ids=["dataclass", "list", "TypedDict", "model", "list of models", "JSON schema", "number"],
)
def test_forms(oc: OpenCode, schema: Any, said: object, value: object) -> None:
    expected = value or Tree(leaves=[Leaf(n=7)], inner=Tree(leaves=[]))
    assert ask(oc, schema, [Say("Here. "), answer(said)]) == expected


def test_a_frame(oc: OpenCode) -> None:
    said = {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]]}
    frame = ask(oc, pandas.DataFrame, answer(said))
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_an_answer_is_asked_for_again_with_what_was_wrong(
    oc: OpenCode, model: ScriptedModel
) -> None:
    assert ask(oc, Row, answer({"n": "x"}), answer({"n": "y"}), answer({"n": 7})) == Row(7)
    prompts = [m for m in model.requests[-1].messages if m["role"] == "user"]
    assert len(prompts) == 3
    assert "Expected `int`, got `str` - at `$.n`" in str(prompts[-1])


def test_one_that_never_fits_keeps_what_came(oc: OpenCode) -> None:
    with pytest.raises(
        FormError, match=r"no value of the form Row came: .*at `\$.n` \(3 tries\)"
    ) as e:
        ask(oc, Row, *[answer({"n": "x"})] * 4)
    assert e.value.raw == {"n": "x"}
    with pytest.raises(FormError, match="no call of the StructuredOutput tool"):
        ask(oc, Row, *[Say("no")] * 4)


def test_it_knows_what_was_said(oc: OpenCode, model: ScriptedModel) -> None:
    turn = oc.ask(f"the word is pear {script(Say('noted'))}", model=MODEL_ID)
    try:
        assert ask(oc, Row, answer({"n": 7}), session=turn.session) == Row(7)
        assert any("the word is pear" in str(m) for m in model.requests[-1].messages)
        assert len(oc.session.messages(turn.session)) == 2
    finally:
        oc.session.delete(turn.session)


def test_a_turn_that_is_stopped_or_fails_has_no_value(oc: OpenCode, model: ScriptedModel) -> None:
    with pytest.raises(FormError, match="the turn was stopped"):
        ask(oc, Row, [Wait("slow-form"), answer({"n": 7})], timeout_s=1)
    model.gate("slow-form").set()
    with pytest.raises(ModelError, match="bad key"):
        ask(oc, Row, Fail(401, "bad key"))


def prompts(count: int, bad: set[int]) -> list[str]:
    def step(n: int) -> Any:
        return Fail(401, f"bad key {n}", times=1) if n in bad else answer({"n": n})

    return [
        f"number {n} {script([step(n), answer({'n': n})] if n in bad else step(n))}"
        for n in range(count)
    ]


@pytest.mark.parametrize(
    "count", [10, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
)
def test_many_prompts_keep_their_order_and_go_on_with_what_failed(
    oc: OpenCode, count: int, figures: Figures
) -> None:
    bad = {1, 3, count // 2, count - 2, count - 1}
    asked = prompts(count, bad)
    began = time.monotonic()
    mapped = oc.map(asked, schema=Row, model=MODEL_ID)
    first_s = time.monotonic() - began
    assert set(mapped.failed) == bad
    assert all(isinstance(mapped[n], ModelError) and f"bad key {n}" in str(mapped[n]) for n in bad)
    assert [r.n for r in mapped.values] == [n for n in range(count) if n not in bad]
    assert repr(mapped) == f"<Mapped: {count - 5} of {count} done, 5 failed>"
    began = time.monotonic()
    again = oc.map(asked, schema=Row, model=MODEL_ID, previous=mapped)
    second_s = time.monotonic() - began
    assert [r.n for r in again] == list(range(count))
    assert not again.failed
    figures(f"map: {count} prompts by 4 workers {first_s:.1f} s, the 5 missing {second_s:.1f} s")


def test_an_interrupt_keeps_what_is_done(oc: OpenCode, model: ScriptedModel) -> None:
    asked = prompts(2, set())
    asked += [f"wait {n} {script([Wait('map'), answer({'n': n})])}" for n in range(2, 8)]

    def strike() -> None:
        model.arrived("map").wait(60)
        while oc.mapped is None or len(oc.mapped.values) < 2:
            time.sleep(0.05)
        signal.raise_signal(signal.SIGINT)

    oc.mapped = None
    thread = threading.Thread(target=lambda: (strike(),))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        oc.map(asked, schema=Row, model=MODEL_ID, workers=2)
    thread.join()
    kept: Mapped | None = oc.mapped
    assert kept is not None
    assert [r.n for r in kept.values] == [0, 1]
    assert all(isinstance(e, UnaskedError) for e in kept.failed.values())
    model.gate("map").set()
    assert [r.n for r in oc.map(asked, schema=Row, model=MODEL_ID, previous=kept)] == list(range(8))


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ("one", {}, "takes a list"),
        (["a", " "], {}, "prompt 1 is no text"),
        (["a"], {"workers": 0}, "workers is 1 to"),
        (["a"], {"previous": Mapped(["b"])}, "not the prompts of `previous`"),
        (["a"], {"session": "ses_1"}, "takes no session"),
        (["a"], {"schema": 3}, "is an int, no form"),
    ],
)
def test_mistakes_are_one_line(oc: OpenCode, given: Any, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        oc.map(given, **options)
    assert oc.map([]).values == []
