"""Numbers that pass through the server, which is JavaScript: exact, or refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypedDict

import pytest

from opencode_magic import OpenCode
from opencode_magic.answer.digits import AS_STRING
from opencode_magic.api.map import Mapped
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, script
from opencode_magic.errors import FormError, InputError
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

pandas = pytest.importorskip("pandas")
pydantic = pytest.importorskip("pydantic")

BIG = 2**53 + 1
WAY_OUT = "give it as a string of its digits"


@dataclass
class Row:
    n: int
    f: float = 0.0
    d: Decimal = Decimal(0)
    keyed: dict[int, int] = field(default_factory=dict)


class Cell(TypedDict):
    n: int


class Leaf(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    n: int
    d: Decimal = Decimal(0)


NUMBERS = {"type": "array", "items": {"type": ["integer", "number"]}}


@pytest.fixture(scope="module")
def oc(plain_server: PlainServer) -> Iterator[OpenCode]:
    with plain_server.client() as oc:
        oc.probe()
        yield oc


def said(text: str) -> Call:
    """A call of the answering tool with just these arguments, digit by digit."""
    return Call("StructuredOutput", raw=text)


def ask(oc: OpenCode, schema: Any, *texts: str) -> Any:
    prompt = f"rows {script(*map(said, texts))}"
    return oc.ask(prompt, schema=schema, model=MODEL_ID)


@pytest.mark.parametrize(
    ("schema", "number", "string", "value"),
    [
        (Row, '{"n": 1152921504606846977, "d": 1.10}',
         '{"n": "1152921504606846977", "d": "1.10"}', Row(2**60 + 1, d=Decimal("1.10"))),
        (list[Cell], f'{{"value": [{{"n": 1}}, {{"n": {BIG}}}]}}',
         f'{{"value": [{{"n": 1}}, {{"n": "{BIG}"}}]}}', [{"n": 1}, {"n": BIG}]),
        (Leaf, f'{{"n": -{BIG}, "d": 0.1234567890123456789}}',
         f'{{"n": "-{BIG}", "d": "0.1234567890123456789"}}',
         Leaf(n=-BIG, d=Decimal("0.1234567890123456789"))),
        (NUMBERS, '{"value": [123456789012345678901234567890]}',
         '{"value": ["123456789012345678901234567890"]}', [123456789012345678901234567890]),
    ],
    ids=["dataclass", "list of TypedDict", "pydantic", "JSON schema"],
)  # fmt: skip
def test_a_number_that_may_have_lost_digits_is_asked_for_as_a_string(
    oc: OpenCode, model: ScriptedModel, schema: Any, number: str, string: str, value: Any
) -> None:
    assert ask(oc, schema, number, string) == value
    prompts = [m for m in model.requests[-1].messages if m["role"] == "user"]
    assert WAY_OUT in str(prompts[-1])
    offered = next(t for t in model.requests[-1].body["tools"] if "StructuredOutput" in str(t))
    assert AS_STRING in str(offered["function"]["parameters"])


def test_one_that_only_comes_as_a_number_is_refused_in_words(oc: OpenCode) -> None:
    with pytest.raises(FormError, match=f"JavaScript - at n; {WAY_OUT}"):
        ask(oc, Row, *[f'{{"n": {BIG}}}'] * 4)


def test_what_a_float_holds_comes_as_it_is(oc: OpenCode) -> None:
    text = '{"n": 9007199254740991, "f": 1.7976931348623157e308, "keyed": {"9007199254740993": 7}}'
    assert ask(oc, Row, text) == Row(BIG - 2, 1.7976931348623157e308, keyed={BIG: 7})


def test_a_frame_keeps_the_digits_of_a_column_with_a_gap(oc: OpenCode) -> None:
    def answer(cell: str) -> str:
        return f'{{"columns": ["id"], "rows": [[1], [null], [{cell}]]}}'

    frame = ask(oc, pandas.DataFrame, answer(f"{BIG}"), answer(f'"{BIG}"'))
    assert list(frame["id"]) == [1, None, BIG]


def test_the_digits_of_a_schema_reach_the_model_too(oc: OpenCode, model: ScriptedModel) -> None:
    assert ask(oc, Literal[BIG, 1], f'{{"value": "{BIG}"}}') == BIG
    offered = next(t for t in model.requests[-1].body["tools"] if "StructuredOutput" in str(t))
    assert offered["function"]["parameters"]["properties"]["value"]["enum"] == [1, str(BIG)]


def test_many_prompts_at_once_are_exact_too(oc: OpenCode) -> None:
    tries = {n: (said(f'{{"n": {n}}}'), said(f'{{"n": "{n}"}}')) for n in (1, BIG)}
    prompts = [f"number {n} {script(*calls)}" for n, calls in tries.items()]
    mapped: Mapped = oc.map(prompts, schema=Row, model=MODEL_ID)
    assert mapped.values == [Row(1), Row(BIG)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"id": BIG}, f"would round {BIG} at metadata.id; send it as a string"),
        ({"ids": [1, {"x": -(2**64) - 1}]}, r"would round -18446744073709551617 at metadata.ids\["),
        ({"f": float("inf")}, "JSON has no inf at metadata.f; send a string"),
        ({"f": float("nan")}, "JSON has no nan at metadata.f; send a string"),
        ({"id": {1}}, "Object of type set is not JSON serializable"),
    ],
    ids=["whole", "nested", "infinite", "not a number", "no JSON"],
)
def test_what_the_server_would_not_keep_is_not_sent(
    oc: OpenCode, value: dict[str, Any], words: str
) -> None:
    before = {s.id for s in oc.session.list(limit=1000)}
    with pytest.raises(InputError, match=words):
        oc.session.create(title="x", metadata=value)
    with pytest.raises(InputError, match=words):
        oc.request("POST", "/session", json={"metadata": value})
    assert {s.id for s in oc.session.list(limit=1000)} == before


def test_what_it_keeps_comes_back(oc: OpenCode) -> None:
    kept = {"a": 2**53 - 1, "b": 10**20, "c": 0.1 + 0.2, "d": str(BIG), "e": 5e-324}
    session = oc.session.create(title="x", metadata=kept)
    try:
        assert session.metadata == kept
    finally:
        oc.session.delete(session)
