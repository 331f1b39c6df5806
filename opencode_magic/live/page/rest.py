"""The companion's answers for turns: the rest of texts that their outputs cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ...errors import InputError
from ...render import StaticForm
from ...render.blocks import Item
from ...render.html import Long, cuts
from ...render.limits import LIVE, Limit
from ...render.more import piece
from .board import flat
from .handlers import Handler


def of_static(form: StaticForm) -> Handler:
    """Return what serves the static form of a turn, where gaps are numbered in all of it."""
    return lambda request: _more(request, form.cuts, form.limit)


def of_running(items: Callable[[], Sequence[Item]]) -> Handler:
    """Return what serves a running turn, where gaps are numbered within a block on the board."""

    def handler(request: Mapping[str, Any]) -> Any:
        key = request.get("key")
        texts = next((cuts(block) for found, _, block in flat(items()) if found == key), ())
        return _more(request, texts, LIVE)

    return handler


def _more(request: Mapping[str, Any], texts: Sequence[Long], limit: Limit) -> Any:
    number, shown = request.get("number"), request.get("shown")
    if request.get("do") != "more" or not isinstance(number, int) or not isinstance(shown, int):
        raise InputError("That is no request.")
    if not 0 <= number < len(texts):
        raise InputError("This text is not there any more.")
    return asdict(piece(texts[number], limit, shown))
