"""What stands behind a static output while the kernel lives; no widget is needed to say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Handler = Callable[[Mapping[str, Any]], Any]
"""Answers a request of the page with what JSON can carry; an `OpencodeError` is its refusal."""


class Served(Protocol):
    """A value that displays itself, with more to see of it while the kernel lives."""

    def _repr_mimebundle_(self) -> dict[str, str]:
        """The static form, by mime type."""

    def handler(self) -> Handler:
        """Answers the page about one display of it."""
