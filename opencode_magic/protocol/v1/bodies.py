"""Turns the friendly forms of what callers give into the server's own: here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from os import fspath
from pathlib import PurePath
from typing import Any

from ...errors import InputError
from ...model.prompt import AgentPiece, FilePiece, Piece, TextPiece
from ...model.sessions import KEY, Rule
from ..given import filled, pieces, provider_and_model, quoted, session_id
from ..likes import (
    Content,
    Json,
    ModelLike,
    PartLike,
    PathLikeText,
    PromptOptions,
    SessionLike,
)

ATTEMPTS = 2  # to fit a schema


def part_id(part: PartLike) -> str:
    """Return the id of a part."""
    id = part if isinstance(part, str) else part["id"] if isinstance(part, Mapping) else part.id
    if not str(id).startswith("prt"):
        raise InputError(f"{id!r} is not a part id (prt_...)")
    return str(id)


def at(session: SessionLike, rest: str = "") -> str:
    """Return the path of a session's route."""
    return f"/session/{quoted(session_id(session))}{rest}"


def model_of_prompt(model: ModelLike) -> Json | None:
    """Return a model as prompts and shell commands name it; None for "" (the session's own)."""
    if not model:
        return None
    provider, name = provider_and_model(model)
    return {"providerID": provider, "modelID": name}


def model_of_session(model: ModelLike, variant: str = "") -> Json | None:
    """Return a model as a new session names it; None for ""."""
    if not model:
        return None
    provider, name = provider_and_model(model)
    return filled({"providerID": provider, "id": name, "variant": variant})


def path_text(path: PathLikeText) -> str:
    """Return a path as the server takes it: relative to the project, with slashes."""
    text = fspath(path)
    return text if isinstance(path, str) else PurePath(text).as_posix()


def parts(content: Content | Sequence[Content]) -> list[Json]:
    """Return a prompt as the server's parts; raise InputError for an empty one, which is lost."""
    return [dict(p) if isinstance(p, Mapping) else piece_body(p) for p in pieces(content)]


def prompt_body(content: Content | Sequence[Content], options: PromptOptions) -> Json:
    """Return a prompt as the server takes it; raise TypeError for an unknown option."""
    if unknown := sorted(set(options) - set(PromptOptions.__annotations__)):
        raise TypeError(f"a prompt has no option {unknown[0]!r}")
    schema = options.get("schema")
    body: Json = {
        "parts": parts(content),
        "model": model_of_prompt(options.get("model", "")),
        "agent": options.get("agent"),
        "variant": options.get("variant"),
        "system": options.get("system"),
        "tools": dict(options.get("tools") or {}) or None,
        "format": _format(schema, options.get("attempts", ATTEMPTS)) if schema else None,
        "noReply": options.get("no_reply") or None,
        "messageID": options.get("message_id"),
    }
    return filled(body)


def _format(schema: Mapping[str, Any], attempts: int) -> Json:
    return {"type": "json_schema", "schema": dict(schema), "retryCount": attempts}


def piece_body(piece: Piece) -> Json:
    """Return a piece of a prompt as the server takes it."""
    match piece:
        case TextPiece(text=text, synthetic=synthetic, metadata=told):
            metadata = {KEY: told} if told else None
            body = {"synthetic": synthetic or None, "metadata": metadata}
            return {"type": "text", "text": text, **filled(body)}
        case AgentPiece(name=name, place=place):
            return {"type": "agent", "name": name, "source": asdict(place)}
        case FilePiece(mime=mime, filename=filename, url=url, path=path, place=place):
            file = {"type": "file", "mime": mime, "filename": filename, "url": url}
            if place is None:
                return file
            return {**file, "source": {"type": "file", "path": path, "text": asdict(place)}}


def rules(given: Sequence[Rule | Mapping[str, str]]) -> list[Json]:
    """Return permission rules in their order: the last one that matches wins."""
    return [
        {"permission": r.permission, "pattern": r.pattern, "action": r.action}
        if isinstance(r, Rule)
        else dict(r)
        for r in given
    ]
