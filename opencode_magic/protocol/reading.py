"""How a connection reads what a server answers: the part of it that a dialect knows."""

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
    """How the answers of a server are read."""

    @abstractmethod
    def decoder(self, kind: type[T]) -> msgspec.json.Decoder[T]:
        """Return a decoder of answers of a kind."""

    @abstractmethod
    def refusal(self, body: Any) -> Refusal:
        """Return what the body of a refusal says."""

    @abstractmethod
    def capabilities(self, version: str) -> frozenset[str]:
        """Return what a server of a version can do that another may lack; all of it for ""."""

    @abstractmethod
    def lacks(self, capability: str) -> str:
        """Return in words what a server without a capability does, and the way out."""

    @abstractmethod
    def about_routes(self, version: str) -> str:
        """Return what to do about a route that a version does not know."""
