"""Values against JSON schemas, with and without the package that knows all of the standard."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.answer.misfit import beyond, misfits
from opencode_magic.answer.schema import MisfitError, form_of
from opencode_magic.errors import InputError

jsonschema = pytest.importorskip("jsonschema")

PERSON = {
    "type": "object",
    "title": "A person",
    "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["cat", 1, None]},
        "tags": {"type": "array", "items": {"type": ["string", "null"]}},
    },
    "required": ["name"],
    "additionalProperties": False,
}
CASES = [
    ({"name": "a", "kind": 1.0, "tags": ["x", None]}, ""),
    ({"kind": "cat"}, "'name' is a required property"),
    ({"name": 3}, "3 is not of type 'string' - at name"),
    ({"name": "a", "kind": True}, "True is not one of 'cat', 1, None - at kind"),
    ({"name": "a", "tags": ["x", 5]}, "5 is not of type 'string' or 'null' - at tags.1"),
    ({"name": "a", "more": 1}, "'more' was unexpected"),
    ([], "[] is not of type 'object'"),
]


@pytest.fixture(params=["with", "without"])
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the package is there."""
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "jsonschema", None)
    return bool(request.param == "with")


@pytest.mark.parametrize(("value", "words"), CASES)
def test_a_value_is_checked_either_way(package: bool, value: Any, words: str) -> None:
    form = form_of(PERSON, "person")
    if not words:
        assert form.read(value) == value
        return
    with pytest.raises(MisfitError) as caught:
        form.read(value)
    assert package or words in str(caught.value)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ({"type": "string", "pattern": "^a"}, "`pattern`"),
        ({"anyOf": [{"type": "string"}]}, "`anyOf`"),
        ({"type": "array", "items": {"minimum": 3}}, "`minimum`"),
        ({"$ref": "#/$defs/x"}, "`$ref`"),
    ],
)
def test_what_cannot_be_checked_is_told_before_anything_is_sent(
    package: bool, inner: Any, said: str
) -> None:
    schema = {"type": "object", "properties": {"a": inner}}
    if package:
        assert form_of(schema, "mine")
        return
    with pytest.raises(InputError) as caught:
        form_of(schema, "mine")
    assert caught.value.message == (
        f"mine says {said}, and to check that takes the package jsonschema: "
        "`pip install jsonschema`"
    )


def test_a_wrong_schema_is_told_before_anything_is_sent(package: bool) -> None:
    with pytest.raises(InputError, match="itself is wrong" if package else "the type 'strnig'"):
        form_of({"type": "object", "properties": {"a": {"type": "strnig"}}}, "mine")


KINDS = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
NAMES = st.sampled_from("abc")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5]) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional={
        "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
    }),
    lambda inner: st.fixed_dictionaries({}, optional={
        "type": KINDS,
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "items": inner,
        "additionalProperties": inner,
    }),
    max_leaves=6,
)  # fmt: skip


@given(SCHEMAS, VALUES)
def test_both_agree_on_what_fits(schema: Any, value: Any) -> None:
    assert beyond(schema) == ""
    fits = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (not list(misfits(value, schema))) == fits
