"""The form an answer is asked for in: one of the user's types as a JSON schema, and back again.

Pure. Pydantic's models are read by pydantic, which is loaded where there is a model; dataclasses,
TypedDicts and lists of them by msgspec. Servers and models want an object at the root: anything
else is wrapped into one, and unwrapped afterwards.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, get_args

import msgspec

from ..errors import InputError
from ..text.jsontext import encoded
from .code import frames
from .digits import DECIMAL, exact, is_long_whole, resolved, told, widened
from .misfit import MisfitError, at, bounded, checker

VALUE = "value"
"""The name of a value in the object it is wrapped into."""
_TABLE = {
    "type": "object",
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {
            "type": "array",
            "items": {
                "type": "array",
                "items": {"type": ["string", "number", "boolean", "null"]},
            },
            "description": "Each row has a value for each column, in order.",
        },
    },
    "required": ["columns", "rows"],
    "additionalProperties": False,
}
MISFIT = "Misfit"
"""Our name for the failure of a turn whose value has not the form that was asked for."""
FORMS = "a pydantic model, a dataclass, a TypedDict, a JSON schema as a dict, or a list[...] of one"


@dataclass(frozen=True)
class Form:
    """What an answer must be.

    Parameters
    ----------
    name:
        what it is called in messages.
    schema:
        the JSON schema for the server.
    read:
        makes the Python value of the answer's JSON value. Raises `MisfitError`, or its subclass
        `RoundedError` where a number may have lost digits.
    """

    name: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]

    @property
    def with_strings(self) -> Form:
        """The same form, which also takes strings of digits in place of numbers."""
        return replace(self, schema=widened(self.schema))


def named_form(text: str, names: Mapping[str, Any]) -> Form:
    """Return the form that a name, or `list[NAME]`, means in a namespace.

    Raises `InputError` where it means none.
    """
    try:
        value = _evaluated(ast.parse(text, mode="eval").body, names)
    except SyntaxError:
        raise InputError(f"--schema {text}: not a name; it is the name of {FORMS}") from None
    except (TypeError, KeyError) as error:  # of `a[b]` and `a | b`
        raise InputError(f"--schema: {error}") from error
    return form_of(value, text)


def form_of(kind: Any, name: str = "") -> Form:
    """Return the form of a type, or of a JSON schema.

    Parameters
    ----------
    kind:
        one of `FORMS`, pandas' DataFrame, or a form already.
    name:
        what it is called in messages; by default its own name.

    Raises `InputError` where no form can be made of it.
    """
    name = name or getattr(kind, "__name__", "") or str(kind)
    if isinstance(kind, Form):
        return kind
    if isinstance(kind, Mapping):
        return _of_schema(dict(kind), name)
    if _is_frame(kind):
        return Form(name, _TABLE, lambda raw: _frame(exact(raw, _TABLE, floats=False)))
    if _holds_model(kind):
        return _of_pydantic(kind, name)
    if not _may_be_type(kind):
        raise InputError(f"{name} is {_a(type(kind).__name__)}, no form: it must be {FORMS}")
    try:
        schema = msgspec.json.schema(kind)
    except (TypeError, NameError) as error:
        if "pydantic" in sys.modules:
            return _of_pydantic(kind, name)
        raise InputError(f"no form can be made of {name}: {error}") from error
    root, wrapped = _sent(schema, name)

    def read(raw: Any) -> Any:
        value = exact(_unwrapped(raw, wrapped), schema, floats=True)
        try:
            return msgspec.convert(value, kind, str_keys=True)
        except msgspec.ValidationError as error:
            raise MisfitError(str(error)) from error

    return Form(name, root, read)


def _evaluated(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the value of `a`, `a.b`, `a[b, c]` or `a | b`; nothing else of the user's is run."""
    match node:
        case ast.Name(id=name):
            return _looked_up(name, names)
        case ast.Attribute(value=value, attr=attribute):
            owner = _evaluated(value, names)
            if not hasattr(owner, attribute):
                near = _near(attribute, dir(owner))
                raise InputError(f"--schema: {ast.unparse(value)} has no {attribute!r}{near}")
            return getattr(owner, attribute)
        case ast.Subscript(value=value, slice=inner):
            return _evaluated(value, names)[_evaluated(inner, names)]
        case ast.Tuple(elts=items):
            return tuple(_evaluated(item, names) for item in items)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _evaluated(left, names) | _evaluated(right, names)
        case ast.Constant(value=None):
            return None
        case _:
            raise SyntaxError


def _looked_up(name: str, names: Mapping[str, Any]) -> Any:
    if name in names:
        return names[name]
    if name == "DataFrame":
        return frames()
    if hasattr(builtins, name):
        return getattr(builtins, name)
    forms = (n for n, v in names.items() if not n.startswith("_") and isinstance(v, type | dict))
    near = _near(name, list(forms))
    raise InputError(f"--schema: there is no {name!r} in this notebook{near}; it is {FORMS}")


def _near(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=3, cutoff=0.3)
    return f"; nearest: {', '.join(close)}" if close else ""


def _a(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


def _may_be_type(kind: Any) -> bool:
    return isinstance(kind, type) or bool(get_args(kind)) or type(kind).__module__ == "typing"


# -- pandas ----------------------------------------------------------------------------------------


def _is_frame(kind: Any) -> bool:
    pandas = sys.modules.get("pandas")  # not imported to look at a value
    return pandas is not None and kind is getattr(pandas, "DataFrame", None)


def _frame(raw: Any) -> Any:
    table = raw if isinstance(raw, Mapping) else {}
    columns, rows = table.get("columns"), table.get("rows")
    if not (isinstance(columns, list) and isinstance(rows, list)):
        raise MisfitError("expected an object with `columns` and `rows`")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise MisfitError(f"row {number} has not a value for each of {len(columns)} columns")
    return _typed(rows, columns)


def _typed(rows: list[list[Any]], columns: list[str]) -> Any:
    """Return a pandas frame, with long whole numbers, which came as strings, among others as such.

    A column of strings alone stays as it is: these are as likely names.
    """
    import pandas as pd  # late: it need not be installed

    frame = frames()(rows, columns=columns)
    for number in range(len(columns)):
        held = [row[number] for row in rows]
        if _is_of_wholes(held):
            values = [int(value) if isinstance(value, str) else value for value in held]
            column = pd.Series(values, index=frame.index, dtype=object)
            # A gap would turn them into floats, which do not hold such numbers.
            frame.isetitem(number, column if None in values else column.infer_objects())
    return frame


def _is_of_wholes(held: Sequence[Any]) -> bool:
    words = [value for value in held if isinstance(value, str)]
    wholes = [value for value in held if isinstance(value, int) and not isinstance(value, bool)]
    gaps = sum(value is None for value in held)
    all_told = len(words) + len(wholes) + gaps == len(held)
    return bool(words and wholes and all_told and all(map(is_long_whole, words)))


# -- pydantic --------------------------------------------------------------------------------------


def _holds_model(kind: Any) -> bool:
    if isinstance(kind, type) and "pydantic" in sys.modules and hasattr(kind, "model_json_schema"):
        return True
    return any(_holds_model(inner) for inner in get_args(kind))


def _of_pydantic(kind: Any, name: str) -> Form:
    pydantic: Any = sys.modules["pydantic"]  # it is there, or there was no model
    try:
        adapter = pydantic.TypeAdapter(kind)
        schema = adapter.json_schema(schema_generator=_schema_generator(pydantic))
    except pydantic.errors.PydanticUserError as error:
        said = str(error).partition("\n")[0]
        raise InputError(f"no form can be made of {name}: {said}") from error
    root, wrapped = _sent(schema, name)

    def read(raw: Any) -> Any:
        value = exact(_unwrapped(raw, wrapped), schema, floats=True)
        try:
            # From its JSON, as it came: there dates and tuples are strings and lists.
            return adapter.validate_json(msgspec.json.encode(value))
        except pydantic.ValidationError as error:
            raise MisfitError("; ".join(map(_told, error.errors()))) from error

    return Form(name, root, read)


def _schema_generator(pydantic: Any) -> Any:
    """Return pydantic's own, where a decimal fraction is only a string: a number is rounded."""

    class Generator(pydantic.json_schema.GenerateJsonSchema):  # type: ignore[misc]
        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            found = super().decimal_schema(schema)
            kinds = found.get("anyOf", [found])
            text: Any = next((each for each in kinds if each.get("type") == "string"), {})
            return {"type": "string", **text, "format": DECIMAL}

    return Generator


def _told(error: Mapping[str, Any]) -> str:
    return f"{error['msg']}{at(error['loc'])}"


# -- JSON schemas ----------------------------------------------------------------------------------


def _of_schema(schema: dict[str, Any], name: str) -> Form:
    if not any(key in schema for key in ("type", "properties", "$ref", "anyOf", "enum", "items")):
        raise InputError(f"{name} is a dict, but no JSON schema: it says no `type`")
    check = checker(schema, name)
    root, wrapped = _sent(schema, name)

    def read(raw: Any) -> Any:
        with bounded():
            value = exact(_unwrapped(raw, wrapped), schema, floats=False)
            check(value)
        return value

    return Form(name, root, read)


def _sent(schema: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], bool]:
    """Return the schema as the server gets it, and whether the value is wrapped: see `_rooted`."""
    root, wrapped = _rooted(told(schema))
    encoded(root, f"the schema of {name}")  # raises InputError before anything is sent
    return root, wrapped


def _rooted(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Return the schema with an object at its root, and whether the value is wrapped for that."""
    definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in definitions}
    if set(rest) == {"$ref"}:  # a reference at the root is no object to a model's provider
        found = resolved(rest["$ref"], schema)
        rest = dict(found) if isinstance(found, Mapping) and found else rest
        definitions = definitions if "#/" in msgspec.json.encode(rest).decode() else {}
    if rest.get("type") == "object":
        return {**rest, **definitions}, False
    wrapped = {"type": "object", "properties": {VALUE: rest}, "required": [VALUE]}
    return {**wrapped, "additionalProperties": False, **definitions}, True


def _unwrapped(raw: Any, wrapped: bool) -> Any:
    if not wrapped:
        return raw
    if isinstance(raw, Mapping) and set(raw) == {VALUE}:
        return raw[VALUE]
    if isinstance(raw, Mapping):
        raise MisfitError(f"expected an object with {VALUE!r} alone")
    return raw  # some models leave the wrapping away
