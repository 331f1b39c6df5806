"""JSON of an OpenCode 1 server, read into values of the model."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from ...model.messages import (
    AgentPart,
    CompactionPart,
    Error,
    ErrorKind,
    Failure,
    FilePart,
    Part,
    PatchPart,
    ReasoningPart,
    RetryPart,
    StepFinishPart,
    StepStartPart,
    SubtaskPart,
    TextPart,
    ToolPart,
    UnknownPart,
)

T = TypeVar("T")
PART_TYPES: dict[str, type[Part]] = {
    "text": TextPart,
    "reasoning": ReasoningPart,
    "tool": ToolPart,
    "step-start": StepStartPart,
    "step-finish": StepFinishPart,
    "patch": PatchPart,
    "file": FilePart,
    "agent": AgentPart,
    "subtask": SubtaskPart,
    "compaction": CompactionPart,
}
_NOTES = ("snapshot", "step-start", "step-finish", "patch")
"""The types of parts that no reader needs to see, even in a new shape."""
ERROR_KINDS: dict[str, ErrorKind] = {
    "MessageAbortedError": "aborted",
    "ContextOverflowError": "overflow",
    "ProviderAuthError": "auth",
    "ContentFilterError": "filter",
    "MessageOutputLengthError": "length",
    "StructuredOutputError": "no-value",
    "APIError": "provider",
}
_SESSION_ID = re.compile(r"ses_\w{1,60}")
SHELL = "The following tool was executed by the user"
"""How the server begins the synthetic message for a shell command of the user's."""


def _choose(kind: type[Any], value: Any) -> Any:
    if kind is object:  # whatever it is
        return value
    if kind is Failure:
        error = msgspec.convert(value, Error)
        return structs.replace(error, kind=ERROR_KINDS.get(error.name, "other"))
    if kind is not Part:
        raise TypeError(f"no rule to read {kind}")
    return part(value)


def part(value: Any) -> Part:
    """Return one part, whatever it is."""
    if not isinstance(value, dict):
        return UnknownPart(type=type(value).__name__, raw={"value": value})
    known = PART_TYPES.get(str(value.get("type")))
    if known is not None:
        try:
            return _understood(msgspec.convert(value, known))
        except msgspec.ValidationError:
            pass  # a known type in a new shape: kept raw below
    ids = {ours: str(value.get(theirs, "")) for ours, theirs in _PART_IDS.items()}
    kind = str(value.get("type", ""))
    if kind == "retry":
        return RetryPart(**ids, said=_told_by(value.get("error")))
    return UnknownPart(**ids, type=kind, raw=value, quiet=kind in _NOTES)


def _told_by(error: Any) -> Any:
    """Return the words of an error, or whatever came instead of one."""
    if not isinstance(error, dict):
        return error
    data = error.get("data")
    return data.get("message") if isinstance(data, dict) else error


def _understood(part: Part) -> Part:
    """Return the part with what its wording tells."""
    if isinstance(part, TextPart) and part.text.startswith(SHELL):
        return structs.replace(part, of_shell=True)
    if isinstance(part, ToolPart) and part.tool == "task":
        child = part.state.metadata.get("sessionId")
        if isinstance(child, str) and _SESSION_ID.fullmatch(child):
            return structs.replace(part, child=child)
    return part


_PART_IDS = {"id": "id", "message_id": "messageID", "session_id": "sessionID"}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return a prepared JSON decoder for one of our kinds; unknown parts are kept raw."""
    return msgspec.json.Decoder(kind, dec_hook=_choose)
