"""The base of every group of routes, and the table of operations they bind."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ..errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from ..model.asks import PermissionRequest, QuestionRequest
    from .transport import Connection

F = TypeVar("F", bound=Callable[..., object])

OPERATIONS: dict[str, str] = {}
"""Each bound operation of the server (`GET /session/{sessionID}/todo`) and what binds it here, as
`module.Class.method` within this package."""


def operation(*routes: str) -> Callable[[F], F]:
    """Say which operations of the server a method stands for, as its OpenAPI document spells them.

    It adds nothing to the call: the documentation's table and the contract test are made of it.
    """

    def bind(method: F) -> F:
        for route in routes:
            assert route not in OPERATIONS, route
            OPERATIONS[route] = place_of(method)
        return method

    return bind


USES: dict[str, tuple[str, ...]] = {}
"""The operations that other methods stand on, by their place as in `OPERATIONS`."""


def uses(*routes: str) -> Callable[[F], F]:
    """Say which operations a method stands for that others bind, as `operation` does for its own.

    It adds nothing to the call: the documentation's table is made of it.
    """

    def note(method: F) -> F:
        USES[place_of(method)] = routes
        return method

    return note


def place_of(method: Callable[..., object]) -> str:
    """Return where a method is defined, as `OPERATIONS` has it."""
    return f"{method.__module__.rpartition('.')[2]}.{method.__qualname__}"


def spelled_out(options: type) -> Callable[[F], F]:
    """Let help and completion of a method with `**options: Unpack[...]` show each of them."""

    def spell_out(method: F) -> F:
        signature = inspect.signature(method)
        *fixed, _ = signature.parameters.values()
        named = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=..., annotation=_words_of(kind)
            )
            for name, kind in options.__annotations__.items()
        ]
        method.__signature__ = signature.replace(parameters=[*fixed, *named])  # type: ignore[attr-defined]  # a function has one
        return method

    return spell_out


def _words_of(annotation: Any) -> str:
    return str(getattr(annotation, "__forward_arg__", annotation))


class Resource:
    """A group of routes of one server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._call = connection.call
        self._wait_for = connection.wait_for

    def _refuse(self, feature: str) -> NoReturn:
        """Raise UnsupportedError for what the server does not have, before anything is sent."""
        version = self.connection.version
        raise UnsupportedError(f"opencode {version} {self.connection.reading.lacks(feature)}")

    def _check_waits(
        self,
        request_id: str,
        waiting: Callable[[], Iterable[PermissionRequest | QuestionRequest]],
    ) -> None:
        """Raise NotFoundError where nothing waits: older servers take an answer to anything."""
        if "not-found" in self.connection.capabilities:
            return
        if request_id not in {request.id for request in waiting()}:
            raise NotFoundError(f"nothing waits for an answer to {request_id}", status=200)
