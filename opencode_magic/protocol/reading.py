"""The part of reading a server's answers that only its dialect knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """What a server says of a request it refuses."""

    name: str = ""
    """Its name for the error."""
    message: str = ""
    busy: bool = False
    """The session runs a turn."""
    unknown_route: bool = False
    """There is no such route in this version."""
    unusable_file: str = ""
    """A configuration file that it cannot use, and why."""


class Reading(ABC):
    """Reads the answers of a server."""

    @abstractmethod
    def decoder(self, kind: type[T]) -> msgspec.json.Decoder[T]:
        """Return a decoder of answers of a kind."""

    def without_keys(self, path: str, value: T) -> T:
        """Return an answer from `path` without the keys of its user that the server puts there."""
        return value

    @abstractmethod
    def refusal(self, body: Any, status: int) -> Refusal:
        """Return what a refusal of this HTTP `status` says by its `body`."""

    @abstractmethod
    def capabilities(self, version: str) -> frozenset[str]:
        """Return the features of a version that another may lack; all of them for ""."""

    @abstractmethod
    def lacks(self, capability: str) -> str:
        """Say what a server without a capability does, and the way out."""

    @abstractmethod
    def scope(self, directory: str) -> dict[str, str]:
        """Return the query by which a request names its folder."""

    @abstractmethod
    def about_routes(self, version: str) -> str:
        """Say what to do about a route that a version does not know."""
