"""Numbers as JavaScript hands them on: what may have lost a digit is refused, and nothing else."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Annotated, Any, Optional, Union

import msgspec
import pytest

from opencode_magic.answer.digits import RoundedError
from opencode_magic.answer.misfit import MisfitError
from opencode_magic.answer.schema import form_of
from opencode_magic.errors import InputError
from opencode_magic.text.jsontext import encoded, holds, is_kept

pydantic = pytest.importorskip("pydantic")

BIG = 2**53 + 1


@dataclass
class Row:
    n: int = 0
    f: float = 0.0
    d: Decimal = Decimal(0)
    o: Optional[int] = None  # noqa: UP045
    u: Union[int, str] = 0  # noqa: UP007
    inner: Optional[list[Row]] = None  # noqa: UP045


class Model(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    n: int = 0
    f: float = 0.0
    d: Decimal = Decimal(0)
    o: Optional[int] = None  # noqa: UP045
    u: Union[int, str] = 0  # noqa: UP007
    inner: Optional[list[Model]] = None  # noqa: UP045


class Grade(IntEnum):
    BIG = BIG


SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"$ref": "#/$defs/whole"},
        "f": {"type": "number"},
        "o": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "u": {"type": ["integer", "string"]},
        "any": {},
        "pair": {
            "type": "array",
            "prefixItems": [{"type": "integer"}],
            "items": {"type": "string"},
        },
        "inner": {"type": "array", "items": {"$ref": "#"}},
    },
    "patternProperties": {"^x": {"type": "integer"}},
    "$defs": {"whole": {"type": "integer"}},
}  # fmt: skip


def through_javascript(text: str) -> Any:
    """JSON text as a server in JavaScript passes it on: each number as a double is written."""

    def number(digits: str) -> Any:
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            return None
        if value.is_integer() and abs(value) < 1e21:
            return int(Decimal(repr(value)))
        return value

    return json.loads(text, parse_int=number, parse_float=number)


def told(form: Any, text: str) -> str:
    """What is said of an answer that is refused."""
    with pytest.raises(MisfitError) as refused:
        form_of(form).read(through_javascript(text))
    return str(refused.value)


@pytest.mark.parametrize("form", [Row, Model, SCHEMA], ids=["dataclass", "pydantic", "JSON schema"])
@pytest.mark.parametrize(
    "text",
    [
        '{"n": 9007199254740992}',
        '{"n": 9007199254740993}',
        '{"n": -1152921504606846977}',
        '{"n": 1e20}',
        '{"n": 1e22}',
        '{"n": 123456789012345678901234567890}',
        '{"o": 9007199254740993}',
        '{"u": 9007199254740993}',
        '{"inner": [{"inner": [{"n": 9007199254740993}]}]}',
        '{"f": 1e400}',
        '{"n": -1e400}',
    ],
)
def test_a_number_that_may_have_been_another_is_refused(form: Any, text: str) -> None:
    assert "give it as a string of its digits" in told(form, text)


@pytest.mark.parametrize("form", [Row, Model], ids=["dataclass", "pydantic"])
@pytest.mark.parametrize("digits", ["0.12345678901234567890", "1.10", "3", "1e5", "-0.0"])
def test_a_decimal_comes_as_a_string_alone(form: Any, digits: str) -> None:
    assert "give it as a string" in told(form, f'{{"d": {digits}}}')
    assert str(form_of(form).read({"d": digits}).d) == str(Decimal(digits))
    assert "number" not in json.dumps(form_of(form).schema["properties"]["d"])


@pytest.mark.parametrize(
    "text",
    ['{"any": 9007199254740993}', '{"any": [{"a": 9007199254740993}]}', '{"x1": 9007199254740993}',
     '{"pair": [9007199254740993]}', '{"f": 9007199254740993}', '{"f": 1e300}'],
)  # fmt: skip
def test_where_no_float_is_asked_for_none_is_made_of_a_whole_number(text: str) -> None:
    assert "give it as a string" in told(SCHEMA, text)


@pytest.mark.parametrize("form", [Row, Model], ids=["dataclass", "pydantic"])
@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('{"n": 9007199254740991}', "n", 2**53 - 1),
        ('{"n": 1e3}', "n", 1000),
        ('{"f": 9007199254740993}', "f", float(BIG)),
        ('{"f": 1e300}', "f", 1e300),
        ('{"f": 0.1234567890123456789}', "f", 0.1234567890123456789),
        ('{"f": "0.25"}', "f", 0.25),
        ('{"n": "9007199254740993"}', "n", BIG),
        ('{"o": "-9007199254740993"}', "o", -BIG),
        ('{"u": "9007199254740993"}', "u", str(BIG)),
        ('{"o": null}', "o", None),
    ],
)
def test_what_came_whole_is_taken(form: Any, text: str, name: str, value: Any) -> None:
    found = getattr(form_of(form).read(through_javascript(text)), name)
    assert (found, type(found)) == (value, type(value))


def test_strings_stay_strings_where_they_may() -> None:
    kept = {"u": "007", "any": str(BIG), "pair": [7, str(BIG)]}
    assert form_of(SCHEMA).read(kept) == kept
    assert form_of(SCHEMA).read({"n": str(BIG), "x1": "12", "pair": [str(BIG)]}) == {
        "n": BIG, "x1": 12, "pair": [BIG],
    }  # fmt: skip
    assert "not of type" in told(SCHEMA, '{"n": "007"}')
    assert "1e400 is more than a float holds - at f" in told(SCHEMA, '{"f": "1e400"}')
    assert "5,000 digits" in told(SCHEMA, '{"n": "' + "9" * 5000 + '"}')
    assert "nested too deeply" in told(SCHEMA, '{"any": ' + "[" * 900 + "]" * 900 + "}")


def literal(rng: random.Random) -> str:
    """A number as somebody may write it."""

    def digits(*lengths: int) -> str:
        return "".join(rng.choices("0123456789", k=rng.choice(lengths)))

    text = rng.choice(("", "-")) + (digits(1, 3, 15, 16, 17, 20, 40).lstrip("0") or "0")
    if rng.random() < 0.5:
        text += "." + digits(1, 2, 16, 20)
    if rng.random() < 0.3:
        text += rng.choice("eE") + rng.choice(("", "-", "+")) + rng.choice(("0", "3", "22", "400"))
    return text


def test_whatever_is_written_is_exact_or_refused(rng: random.Random, rounds: int) -> None:
    forms = {Row: form_of(Row), Model: form_of(Model)}
    for _ in range(50 * rounds):
        kind, text = rng.choice((Row, Model)), literal(rng)
        for name in ("n", "d", "f"):
            given = through_javascript(f'{{"inner": [{{"{name}": {text}}}]}}')
            try:
                found = getattr(forms[kind].read(given).inner[0], name)
            except MisfitError:
                continue
            if name == "f":  # as Python itself reads a float
                assert found == float(text), text
            elif Fraction(text).denominator == 1:
                assert found == Fraction(text), text
        whole = re.fullmatch("-?[0-9]+", text)
        name = "n" if whole else "d"
        exact = forms[kind].read({name: text})
        assert Fraction(getattr(exact, name)) == Fraction(text), text


def test_numbers_of_a_schema_are_told_in_words_where_the_server_would_round_them() -> None:
    least = form_of(Annotated[int, msgspec.Meta(ge=BIG)])
    value = least.schema["properties"]["value"]
    assert f"minimum: {BIG}" in value["description"]
    assert value["type"] == ["integer", "string"]
    assert least.read({"value": str(BIG)}) == BIG
    with pytest.raises(MisfitError, match="Expected `int` >= 9007199254740993"):
        least.read({"value": 7})
    only = form_of(
        {"type": "object", "properties": {"n": {"const": BIG}, "minimum": {"enum": [1]}}}
    )
    assert only.schema["properties"]["n"]["const"] == str(BIG)
    assert only.schema["properties"]["minimum"] == {"enum": [1]}
    assert only.read({"n": str(BIG)}) == {"n": BIG}
    endless = form_of({"type": "number", "maximum": float("inf")}).schema["properties"]["value"]
    assert "maximum: Infinity" in endless["description"]
    for schema, words in (
        ({"type": "string", "minLength": BIG}, "would round 9007199254740993"),
        ({"type": "string", "x-most": float("inf")}, "no inf at properties.value.x-most"),
        ({"type": "array", "default": {1}}, "Object of type set is not JSON"),
    ):
        with pytest.raises(InputError, match=words):
            form_of(schema)


def test_asked_for_again_a_number_may_be_a_string() -> None:
    schema = form_of(Row).with_strings.schema
    assert {"type": "integer"}.items() <= schema["properties"]["n"]["anyOf"][0].items()
    assert schema["properties"]["n"]["anyOf"][1]["type"] == "string"
    frame = form_of(SCHEMA).with_strings.schema
    assert frame["properties"]["u"] == SCHEMA["properties"]["u"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("number", "kept"),
    [(2**53, True), (BIG, False), (10**22, True), (10**22 + 1, False), (-BIG, False), (0.1, True),
     (10**400, False), (True, True)],
)  # fmt: skip
def test_what_is_sent_is_what_the_server_keeps(number: float, kept: bool) -> None:
    assert is_kept(number) is kept
    if kept:
        assert through_javascript(encoded([number]).decode()) == [number]
    else:
        with pytest.raises(InputError, match="the server is JavaScript"):
            encoded([number])


def test_a_rounded_number_is_a_misfit_of_its_own_kind() -> None:
    with pytest.raises(RoundedError):
        form_of(Row).read({"n": BIG})
    with pytest.raises(MisfitError) as other:
        form_of(Row).read({"n": "x"})
    assert not isinstance(other.value, RoundedError)


@pytest.mark.parametrize(
    ("text", "held"), [("0.1", True), ("1.10", True), ("0.10000000000000001", False),
                       ("1e400", False), ("1e-400", False), ("0e5", True),
     ("1e-99999999999999999999", False)],
)  # fmt: skip
def test_whether_a_float_holds_what_was_written(text: str, held: bool) -> None:
    assert holds(text) is held
