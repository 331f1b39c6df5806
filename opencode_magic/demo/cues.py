"""Chooses the next step of the scripted model, from a script in the prompt or a lesson. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .script import Say, Step, find_script, read_script

UNSCRIPTED = "This is a scripted model: it plays scripts that stand in the prompt and found none."
NO_TOOLS = "A scripted session"
"""The answer to requests without tools: they ask for a title or a summary."""
_TEMPLATE = re.compile(r"<template>\n(.*?)</template>", re.DOTALL)
"""How servers that offer tools for it, too, want a summary written."""


@dataclass(frozen=True)
class ModelRequest:
    """One request the model received."""

    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The chat so far, oldest first."""
        return cast("list[dict[str, Any]]", self.body.get("messages", []))

    @property
    def prompt(self) -> str:
        """The text of the last user message."""
        return next((text_of(m) for m in reversed(self.messages) if m["role"] == "user"), "")

    @property
    def tools(self) -> list[str]:
        """The names of the tools that were offered."""
        return [tool["function"]["name"] for tool in self.body.get("tools") or []]


@dataclass(frozen=True)
class TurnPoint:
    """The point of a turn at which the model is asked.

    `index` counts its replies since the prompt, `results` are what its tools answered since.
    """

    prompt: str
    index: int
    results: tuple[str, ...]


Lessons: TypeAlias = Callable[[TurnPoint], Step]
"""Returns what to play for a prompt that holds no script."""


@dataclass(frozen=True)
class Cue:
    """A step to play; `key` is the same when the same step is asked for again."""

    key: str
    step: Step


def no_lessons(_point: TurnPoint) -> Step:
    """Say that there was no script to play."""
    return [Say(UNSCRIPTED)]


def cue_for(asked: ModelRequest, lessons: Lessons) -> Cue:
    """Return what to play for a request."""
    if not asked.tools:
        return Cue("no tools", [Say(NO_TOOLS)])
    if template := _TEMPLATE.search(asked.prompt):
        return Cue("summary", [Say(_filled(template[1]))])
    return _scripted(asked.messages) or _lesson(asked.messages, lessons)


def _filled(template: str) -> str:
    """Return a summary of a conversation: servers take none that lacks a heading of theirs."""
    headings = (line for line in template.splitlines() if line.startswith("#"))
    return "\n\n".join(f"{heading}\n- (none)" for heading in headings)


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a chat message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def _scripted(messages: Sequence[dict[str, Any]]) -> Cue | None:
    for index, message in reversed(list(enumerate(messages))):
        encoded = find_script(text_of(message)) if message["role"] == "user" else None
        if encoded is not None:
            return _step(encoded, sum(m["role"] == "assistant" for m in messages[index + 1 :]))
    return None


def _step(encoded: str, number: int) -> Cue:
    try:
        steps = read_script(encoded)
    except ValueError as error:
        return Cue(encoded, [Say(f"The script in the prompt cannot be read: {error}")])
    step: Step = steps[number] if number < len(steps) else [Say("The script has ended.")]
    return Cue(f"{number} {encoded}", step)


def _lesson(messages: Sequence[dict[str, Any]], lessons: Lessons) -> Cue:
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=0)
    after = messages[last + 1 :]
    point = TurnPoint(
        prompt=text_of(messages[last]) if messages else "",
        index=sum(m["role"] == "assistant" for m in after),
        results=tuple(text_of(m) for m in after if m["role"] == "tool"),
    )
    return Cue(f"lesson {point.index} {point.prompt}", lessons(point))
