"""Reads what callers give, alike for each server: ids, models, the pieces of a prompt."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from ..errors import InputError
from ..model.messages import Message
from ..model.prompt import AgentPiece, FilePiece, Piece, TextPiece
from .address import check_place
from .likes import Content, Json, MessageLike, ModelLike, SessionLike

GivenPiece: TypeAlias = "Piece | Mapping[str, Any]"
"""A piece of a prompt, or one in the server's own words."""


def session_id(session: SessionLike) -> str:
    """Return the id of a session; servers answer a malformed one with a bare 500 or 400."""
    id = session if isinstance(session, str) else session.id
    if not id.startswith("ses"):
        raise InputError(f"{id!r} is not a session id (ses_...); `/sessions` lists them")
    return id


def message_id(message: MessageLike) -> str:
    """Return the id of a message; raise InputError for what is none."""
    if isinstance(message, Message):
        message = message.info
    id = message if isinstance(message, str) else message.id
    if not id.startswith("msg"):
        raise InputError(f"{id!r} is not a message id (msg_...); `/messages` lists them")
    return id


def quoted(value: str) -> str:
    """Return a value as one segment of a path."""
    check_place(value)
    return quote(value, safe="")


def provider_and_model(model: ModelLike) -> tuple[str, str]:
    """Return the two ids of a model; raise InputError for what is none."""
    provider, slash, name = str(model).partition("/")
    if not (provider and slash and name):
        raise InputError(f"{str(model)!r} is not a model (provider/model); `/models` lists them")
    return provider, name


def pieces(content: Content | Sequence[Content]) -> list[GivenPiece]:
    """Return the pieces of a prompt; raise InputError for an empty one, or a file that is gone."""
    given = (
        [content]
        if isinstance(content, str | PathLike | Mapping | TextPiece | FilePiece | AgentPiece)
        else list(content)
    )
    if not given:
        raise InputError("a prompt needs at least one part")
    return [_piece(one) for one in given]


def _piece(given: Content) -> GivenPiece:
    if isinstance(given, str):
        return TextPiece(given)
    if isinstance(given, TextPiece | FilePiece | AgentPiece | Mapping):
        return given
    path = Path(given).resolve()
    if not path.is_file():  # a server would only tell the model
        raise InputError(f"there is no file {str(given)!r} to attach")
    mime = mimetypes.guess_type(path.name)[0] or "text/plain"
    return FilePiece(mime, path.name, path.as_uri())


def filled(body: Mapping[str, Any]) -> Json:
    """Return a body without what was not given."""
    return {k: v for k, v in body.items() if v is not None and v != "" and v != []}
