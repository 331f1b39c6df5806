"""What every group of routes is made of, and the table of operations they bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .http import Connection

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
            OPERATIONS[route] = f"{method.__module__.rpartition('.')[2]}.{method.__qualname__}"
        return method

    return bind


class Resource:
    """A group of routes of one server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._call = connection.call
