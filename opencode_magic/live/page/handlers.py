"""What serves a static output while the kernel lives. No widget is needed to import this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Handler = Callable[[Mapping[str, Any]], Any]
"""Answers a request of the page with what JSON can carry; an `OpencodeError` is its refusal."""


class Served(Protocol):
    """A value that displays itself, and shows more of itself while the kernel lives."""

    def _repr_mimebundle_(self) -> dict[str, str]:
        """Return the static form, by mime type."""

    def handler(self) -> Handler:
        """Return what answers the page about one display of it."""
