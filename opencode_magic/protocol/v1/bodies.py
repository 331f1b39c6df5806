"""Turns the friendly forms of what callers give into the server's own: here and nowhere else."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from ...errors import InputError
from ...model.messages import Message
from ...model.prompt import AgentPiece, FilePiece, Piece, TextPiece
from ...model.sessions import KEY, Rule
from ..address import check_place
from ..likes import (
    Content,
    Json,
    MessageLike,
    ModelLike,
    PartLike,
    PathLikeText,
    PromptOptions,
    SessionLike,
)

ATTEMPTS = 2  # to fit a schema


def session_id(session: SessionLike) -> str:
    """Return the id of a session; the server answers a malformed one with a bare 500."""
    id = session if isinstance(session, str) else session.id
    if not id.startswith("ses"):
        raise InputError(f"{id!r} is not a session id (ses_...); `/sessions` lists them")
    return id


def message_id(message: MessageLike) -> str:
    """Return the id of a message."""
    if isinstance(message, Message):
        message = message.info
    id = message if isinstance(message, str) else message.id
    if not id.startswith("msg"):
        raise InputError(f"{id!r} is not a message id (msg_...); `/messages` lists them")
    return id


def part_id(part: PartLike) -> str:
    """Return the id of a part."""
    id = part if isinstance(part, str) else part["id"] if isinstance(part, Mapping) else part.id
    if not str(id).startswith("prt"):
        raise InputError(f"{id!r} is not a part id (prt_...)")
    return str(id)


def at(session: SessionLike, rest: str = "") -> str:
    """Return the path of a session's route."""
    return f"/session/{quoted(session_id(session))}{rest}"


def quoted(value: str) -> str:
    """Return a value as one segment of a path."""
    check_place(value)
    return quote(value, safe="")


def provider_and_model(model: ModelLike) -> tuple[str, str]:
    """Return the two ids of a model."""
    provider, slash, name = str(model).partition("/")
    if not (provider and slash and name):
        raise InputError(f"{str(model)!r} is not a model (provider/model); `/models` lists them")
    return provider, name


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
    pieces = (
        [content]
        if isinstance(content, str | PathLike | Mapping | TextPiece | FilePiece | AgentPiece)
        else list(content)
    )
    found = [_part(piece) for piece in pieces]
    if not found:
        raise InputError("a prompt needs at least one part")
    return found


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


def _part(piece: Content) -> Json:
    if isinstance(piece, str):
        return {"type": "text", "text": piece}
    if isinstance(piece, Mapping):
        return dict(piece)
    if isinstance(piece, TextPiece | FilePiece | AgentPiece):
        return piece_body(piece)
    path = Path(piece).resolve()
    if not path.is_file():  # the server would only tell the model
        raise InputError(f"there is no file {str(piece)!r} to attach")
    mime = mimetypes.guess_type(path.name)[0] or "text/plain"
    return {"type": "file", "mime": mime, "filename": path.name, "url": path.as_uri()}


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


def filled(body: Mapping[str, Any]) -> Json:
    """Return the body without what was not given."""
    return {k: v for k, v in body.items() if v is not None and v != "" and v != []}
