"""What OpenCode 2.0.15 says of its own operations: requests and answers are held against it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
from jsonschema import Draft202012Validator

FILE = Path(__file__).parents[1] / "data" / "openapi-2.0.15.json"
_JSON = "application/json"
_IN_NO_DOCUMENT = {"GET /openapi.json"}
"""It does not describe itself."""


@dataclass(frozen=True)
class Operation:
    """An operation by its name, e.g. `GET /api/session/{sessionID}`, and what is said of it."""

    name: str
    told: dict[str, Any]

    @property
    def query(self) -> set[str]:
        """The names of its query, those of the location as they are sent."""
        names = {p["name"] for p in self.told.get("parameters", ()) if p["in"] == "query"}
        return (names - {"location"}) | ({"location[directory]"} if "location" in names else set())

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of what is sent; None for nothing, {} for what is no JSON."""
        content = self.told.get("requestBody", {}).get("content")
        return None if content is None else content.get(_JSON, {}).get("schema", {})

    def answer(self, status: int) -> dict[str, Any] | None:
        """The schema of an answer with a status; None for nothing, {} for what is no JSON."""
        found = self.told["responses"].get(str(status))
        assert found is not None, f"{self.name} never answers {status}"
        content = found.get("content")
        return None if content is None else content.get(_JSON, {}).get("schema", {})


@lru_cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


@lru_cache
def operations() -> dict[str, Operation]:
    """All operations by name."""
    names = {
        f"{method.upper()} {path}": told
        for path, methods in document()["paths"].items()
        for method, told in methods.items()
    }
    return {name: Operation(name, told) for name, told in names.items()}


def operation_of(request: httpx.Request) -> Operation:
    """The operation that a request is for; of two that fit the one with fewer blanks."""
    path = request.url.raw_path.decode().partition("?")[0]
    fitting = [
        operation
        for name, operation in operations().items()
        if name.startswith(f"{request.method} ") and _pattern(name).fullmatch(path)
    ]
    assert fitting, f"OpenCode 2.0.15 knows no {request.method} {path}"
    return min(fitting, key=lambda operation: operation.name.count("{"))


def _pattern(name: str) -> re.Pattern[str]:
    path = name.partition(" ")[2]
    # A file's path keeps its slashes.
    wild = re.sub(r"\\\{path\\\}|\\\*", ".+", re.escape(path))
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", wild))


def faults(value: Any, schema: dict[str, Any]) -> list[str]:
    """Where a value is not what a schema of the document says."""
    whole = {**schema, "components": document()["components"]}
    found = Draft202012Validator(whole).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def check_request(request: httpx.Request) -> Operation:
    """Fail where a request is not what the document says of its operation."""
    operation = operation_of(request)
    unknown = set(dict(parse_qsl(request.url.query.decode()))) - operation.query
    # An operation without a place in its query does not mind one.
    assert unknown <= {"location[directory]"}, (operation.name, unknown)
    schema = operation.body
    assert (schema is not None) == bool(request.content), f"{operation.name}: with or without body"
    if schema:
        assert faults(json.loads(request.content), schema) == [], operation.name
    return operation


def check_answer(operation: Operation, status: int, content: bytes) -> None:
    """Fail where an answer is not what the document says of its operation."""
    schema = operation.answer(status)
    if schema != {}:  # a file may be empty
        assert (schema is None) == (not content), f"{operation.name}: with or without content"
    if schema:
        assert faults(json.loads(content), schema) == [], operation.name


class Checked(httpx.HTTPTransport):
    """A way to a real server on which all that passes is held against the document."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if f"{request.method} {request.url.path}" in _IN_NO_DOCUMENT:
            return super().handle_request(request)
        operation = check_request(request)
        response = super().handle_request(request)
        if "event-stream" not in response.headers.get("content-type", ""):
            response.read()
            if response.status_code < 400:
                check_answer(operation, response.status_code, response.content)
                self.seen.add(operation.name)
        return response
