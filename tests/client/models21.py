"""OpenCode 2.1 as the third-party package `opencode-python-sdk` has it: its operations and models.

Its methods are made from the contract of 2.1.2. They are read as text: what each sends, by which
types, and what it takes as an answer.
"""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import opencode.resources
import pydantic
from opencode import types

_BLANK = "{}"
_SENDS = re.compile(r"_client\.(request|page)$")


@dataclass(frozen=True)
class Operation21:
    """An operation of 2.1: what is sent, by the types of its fields, and what is answered."""

    name: str
    body: dict[str, str] = field(default_factory=dict)
    """By field: its type, as the package writes it."""
    answer: str = ""
    """The type of the answer; "" for none, or for what is no JSON."""
    in_data: bool = False
    """Whether the answer lies in the field `data`."""

    def faults(self, body: dict[str, Any] | None, answer: Any) -> list[str]:
        """What is wrong with a request and its answer."""
        found = [f"{name} is not known" for name in body or () if name not in self.body]
        for name, value in (body or {}).items():
            if name in self.body:
                found += _faults(self.body[name], value, name)
        if self.answer:
            found += _faults(self.answer, answer["data"] if self.in_data else answer, "answer")
        return found


def _faults(kind: str, value: Any, where: str) -> list[str]:
    names = {**vars(types), "builtins": builtins, "NotGiven": type(None), "Any": Any}
    names |= {name: getattr(__import__("typing"), name) for name in ("Mapping", "Sequence")}
    adapter = pydantic.TypeAdapter(eval(kind, names))  # of the package's own words
    try:
        adapter.validate_python(value)
    except pydantic.ValidationError as error:
        return [f"{where}{e['loc']}: {e['msg']}" for e in error.errors()]
    return []


@lru_cache
def operations21() -> dict[str, Operation21]:
    """All of them by name, with `{}` for each blank."""
    found = {}
    for file in Path(opencode.resources.__file__).parent.glob("*.py"):
        for method in ast.walk(ast.parse(file.read_text())):
            if isinstance(method, ast.FunctionDef):
                for call in ast.walk(method):
                    if isinstance(call, ast.Call) and _SENDS.search(ast.unparse(call.func)):
                        operation = _read(method, call)
                        found[operation.name] = operation
    return found


def _read(method: ast.FunctionDef, call: ast.Call) -> Operation21:
    options = call.args[0]
    assert isinstance(options, ast.Call)
    sent = {k.arg: k.value for k in options.keywords}
    told = {k.arg: k.value for k in call.keywords}
    typed = {a.arg: ast.unparse(a.annotation) for a in method.args.kwonlyargs if a.annotation}
    body: dict[str, str] = {}
    if isinstance(given := sent.get("body"), ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            body[ast.literal_eval(key)] = typed.get(ast.unparse(value), "Any")
    answer = ast.literal_eval(told["response_type"]) if "response_type" in told else ""
    return Operation21(
        f"{ast.literal_eval(sent['method'])} {_path(sent['path'])}",
        body,
        answer,
        "unwrap" in told,
    )


def _path(given: ast.expr) -> str:
    if isinstance(given, ast.JoinedStr):
        parts = [v.value if isinstance(v, ast.Constant) else _BLANK for v in given.values]
        return "".join(map(str, parts))
    return str(ast.literal_eval(given))


def operation21_of(request: httpx.Request) -> Operation21 | None:
    """The operation that a request is for; None where 2.1 has none."""
    path = request.url.raw_path.decode().partition("?")[0]
    fitting = [
        operation
        for name, operation in operations21().items()
        if re.fullmatch(re.escape(name).replace(r"\{\}", "[^/]+"), f"{request.method} {path}")
    ]
    return min(fitting, key=lambda operation: operation.name.count(_BLANK), default=None)
