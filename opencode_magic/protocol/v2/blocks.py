"""The events by which the texts, thoughts and calls of an answer begin, change and end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...text.visible import as_text

Told = Mapping[str, Any]
Json = dict[str, Any]


def block_of(message: Json, kind: str, data: Told, created: float) -> Json:
    """Return a text or reasoning of a message, by its number among those of its kind.

    Parameters
    ----------
    message, kind:
        the answer, and whether a `text` or `reasoning` is wanted.
    data, created:
        what an event tells of it, and when: it begins then if it has not.
    """
    ordinal = data.get("ordinal")
    wanted = ordinal if isinstance(ordinal, int) else 0
    same: list[Json] = [item for item in message["content"] if item["type"] == kind]
    while len(same) <= wanted:
        item: Json = {"type": kind, "text": "", "time": {"created": created}}
        message["content"].append(item)
        same.append(item)
    return same[wanted]


def _block_started(kind: str) -> Callable[[Json, Told, float], None]:
    def begin(message: Json, data: Told, created: float) -> None:
        block_of(message, kind, data, created)

    return begin


def _block_ended(kind: str) -> Callable[[Json, Told, float], None]:
    def end(message: Json, data: Told, created: float) -> None:
        item = block_of(message, kind, data, created)
        item["text"] = as_text(data.get("text"))
        item["time"] = {**item["time"], "completed": created}

    return end


def _call(message: Json, data: Told, created: float) -> Json:
    id = as_text(data.get("id"))
    for item in message["content"]:
        if item["type"] == "tool" and item["id"] == id:
            found: Json = item
            return found
    item = {"type": "tool", "id": id, "name": "", "time": {"created": created}, "state": {}}
    message["content"].append(item)
    return item


def _input_started(message: Json, data: Told, created: float) -> None:
    item = _call(message, data, created)
    item["name"] = as_text(data.get("name"))
    item["state"] = {"status": "streaming", "input": ""}


def _input_ended(message: Json, data: Told, created: float) -> None:
    text = as_text(data.get("text"))
    item = _call(message, data, created)
    item["state"] = {"status": "streaming", "input": text}


def _called(message: Json, data: Told, created: float) -> None:
    item = _call(message, data, created)
    item["state"] = {"status": "running", "input": data.get("input"), "metadata": {}}
    item["time"] = {**item["time"], "ran": created}


def _progress(message: Json, data: Told, created: float) -> None:
    state = _call(message, data, created)["state"]
    told = data.get("metadata")
    state["metadata"] = {**state.get("metadata", {}), **(told if isinstance(told, Mapping) else {})}


def _success(message: Json, data: Told, created: float) -> None:
    _over(message, data, created, "completed")


def _failed(message: Json, data: Told, created: float) -> None:
    _over(message, data, created, "error")


def _over(message: Json, data: Told, created: float, status: str) -> None:
    item = _call(message, data, created)
    given = item["state"].get("input", {})
    if isinstance(given, str):  # it failed before it was called
        given = _parsed(given)
    kept = {k: data[k] for k in ("content", "metadata", "error") if k in data}
    item["state"] = {"status": status, "input": given, **kept}
    item["time"] = {**item["time"], "completed": created}


def _parsed(text: str) -> Json:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


ITEMS: dict[str, Callable[[Json, Told, float], None]] = {
    "text.started": _block_started("text"),
    "text.delta": _block_started("text"),
    "text.ended": _block_ended("text"),
    "reasoning.started": _block_started("reasoning"),
    "reasoning.delta": _block_started("reasoning"),
    "reasoning.ended": _block_ended("reasoning"),
    "tool.input.started": _input_started,
    "tool.input.ended": _input_ended,
    "tool.called": _called,
    "tool.progress": _progress,
    "tool.success": _success,
    "tool.failed": _failed,
}
"""By its name, what an event does to the answer it is about."""
