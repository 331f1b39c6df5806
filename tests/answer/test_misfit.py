"""Values against JSON schemas: what is told, and that hostile ones end."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import pytest

from opencode_magic.answer import misfit
from opencode_magic.answer.misfit import MisfitError
from opencode_magic.answer.schema import form_of
from opencode_magic.errors import InputError

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


def told(schema: dict[str, Any], value: Any) -> str:
    """What is said of a value that does not fit."""
    form = form_of(schema, "mine")
    with pytest.raises(MisfitError) as caught:
        form.read(value)
    return str(caught.value)


def refused(schema: dict[str, Any]) -> str:
    """What is said of a schema that nothing is checked against."""
    with pytest.raises(InputError) as caught:
        form_of(schema, "mine")
    return caught.value.message


def holding(inner: Any) -> dict[str, Any]:
    """A schema with another one for its only property."""
    return {"type": "object", "properties": {"a": inner}}


def nested(depth: int) -> Any:
    """A schema in a schema in a schema."""
    found: Any = {"type": "string"}
    for _ in range(depth):
        found = {"type": "array", "items": found}
    return found


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"kind": "cat"}, "'name' is a required property"),
        ({"name": 3}, "3 is not of type 'string' - at name"),
        ({"name": "a", "kind": True}, "True is not one of ['cat', 1, None] - at kind"),
        ({"name": "a", "tags": ["x", 5]}, "5 is not of type 'string', 'null' - at tags.1"),
        ({"name": "a", "more": 1}, "'more' was unexpected"),
        ([], "[] is not of type 'object'"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(value: Any, words: str) -> None:
    assert words in told(PERSON, value)


def test_what_fits_is_taken() -> None:
    value = {"name": "a", "kind": 1.0, "tags": ["x", None]}
    assert form_of(PERSON, "person").read(value) == value


@pytest.mark.parametrize(
    ("inner", "value", "words"),
    [
        ({"type": "string", "pattern": "^a"}, "b", "'b' does not match '^a' - at a"),
        ({"anyOf": [{"type": "string"}]}, 1, "1 is not of type 'string' - at a"),
        ({"minimum": 3}, 2, "2 is less than the minimum of 3 - at a"),
        ({"$ref": "#/$defs/x"}, "", "'' is not of type 'integer' - at a"),
    ],
)
def test_all_of_the_standard_is_checked(inner: Any, value: Any, words: str) -> None:
    schema = {**holding(inner), "$defs": {"x": {"type": "integer"}}}
    assert words in told(schema, {"a": value})


def test_a_long_value_is_named_by_its_start() -> None:
    said = told(PERSON, {"name": ["x" * 50] * 10_000})
    assert len(said) < 200
    assert said.endswith("… is not of type 'string' - at name")
    assert len(told(PERSON, {"name": "a", "x" * 10_000: 1})) < 500


def test_a_wrong_schema_is_told_before_anything_is_sent() -> None:
    assert "itself is wrong: 'strnig' is not valid" in refused(holding({"type": "strnig"}))
    assert "itself is wrong: '(' is not a 'regex'" in refused(holding({"pattern": "("}))
    referred = {**holding({"$ref": "#/x"}), "x": {"properties": 3}}
    assert "itself is wrong: 3 is not of type 'object'" in refused(referred)
    assert "'//['" in refused(holding({"$ref": "//["}))
    assert len(refused(holding({"type": ["strnig"] * 10_000}))) < 500


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:9/x.json",
        "file:///etc/hosts",
        "other.json",
        "#/$defs/none",
        "#none",
    ],
)
@pytest.mark.parametrize("schema", ["inside", "behind a reference"])
def test_nothing_outside_of_a_schema_is_looked_up(
    schema: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", None)
    wrong: dict[str, Any] = {"$ref": reference}
    if schema == "behind a reference":
        wrong = {"$ref": "#/elsewhere"}
    found = refused({**holding(wrong), "elsewhere": {"items": {"$ref": reference}}})
    assert found == f"mine refers to {reference!r}, which is not in it; nothing is fetched"


def test_references_in_a_schema_are_followed() -> None:
    tree = {
        "$id": "https://example.org/tree",
        "type": "object",
        "properties": {"left": {"$ref": "#"}, "right": {"$ref": "leaf"}},
        "$defs": {"leaf": {"$id": "leaf", "type": "integer"}},
    }
    assert "'x' is not of type 'integer'" in told(tree, {"left": {"left": {"right": "x"}}})
    assert form_of({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "mine")


def test_what_takes_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misfit, "MOST_S", 0.2)
    hungry = holding({"type": "string", "pattern": "^(a+)+$"})
    keys = {"type": "object", "patternProperties": {"^(a+)+$": {"type": "integer"}}}
    for schema, value in ((hungry, {"a": "a" * 60 + "b"}), (keys, {"a" * 60 + "b": 1})):
        assert "cannot be checked within 0 s" in told(schema, value)


def test_what_is_nested_too_deeply_is_told() -> None:
    assert "nested too deeply" in refused(holding(nested(5_000)))
    endless: dict[str, Any] = {"type": "object", "properties": {}}
    endless["properties"]["a"] = endless
    assert "nested too deeply" in refused(endless)
    looped = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert "nested too deeply" in told(looped, {"value": 1})


def test_a_schema_of_another_draft_is_read_by_it() -> None:
    old = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"a": {"type": "array", "items": [{"type": "integer"}]}},
    }
    assert "'x' is not of type 'integer' - at a.0" in told(old, {"a": ["x"]})
    assert form_of({"$schema": "https://example.org/mine", "type": "object"}).read({}) == {}
    assert "itself is wrong" in refused({"$schema": 3, "type": "object"})


def test_who_asks_for_no_schema_does_not_wait_for_the_package() -> None:
    code = "import sys, opencode_magic.answer.schema; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
