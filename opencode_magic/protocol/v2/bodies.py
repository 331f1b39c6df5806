"""Turns the friendly forms of what callers give into what an OpenCode 2 server takes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import msgspec

from ...errors import InputError
from ...model.prompt import AgentPiece, FilePiece, Piece, TextPiece
from ...model.sessions import KEY, Rule
from ..given import filled, pieces, provider_and_model, quoted, session_id
from ..likes import Content, Json, ModelLike, SessionLike
from .names import their_action

SESSIONS = "/api/session"
X = "/api/experimental/session"
"""Where the same stands that may still change."""
TEXTS = "texts"
"""In our entry of a prompt's metadata: the files that are texts for the model, with their notes."""


def at(session: SessionLike, rest: str = "", root: str = SESSIONS) -> str:
    """Return the path of a session's route."""
    return f"{root}/{quoted(session_id(session))}{rest}"


def model(given: ModelLike, variant: str = "") -> Json | None:
    """Return a model as sessions name it; None for ""."""
    if not given:
        return None
    provider, name = provider_and_model(given)
    return filled({"providerID": provider, "id": name, "variant": variant})


def rules(given: Sequence[Rule | Mapping[str, str]]) -> list[Json]:
    """Return permission rules in their order: the last one that matches wins."""
    read = (r if isinstance(r, Rule) else msgspec.convert(dict(r), Rule) for r in given)
    return [
        {"action": their_action(r.permission), "resource": r.pattern, "effect": r.action}
        for r in read
    ]


def own_pieces(content: Content | Sequence[Content]) -> list[Piece]:
    """Return what a caller gives as pieces of a prompt; raise InputError for nothing at all."""
    found: list[Piece] = []
    for piece in pieces(content):
        if isinstance(piece, Mapping):
            words = "this server takes no parts in its own words; give text or a file's path"
            raise InputError(words)
        found.append(piece)
    return found


def prompt(content: Sequence[Piece]) -> Json:
    """Return a prompt as the server takes it: its words, and what is attached to them.

    Text that was not written by the user is attached as a file: the server has no other place for
    it. Which files are such texts, and what a reader sees instead, is kept with the prompt.
    """
    words = [p for p in content if isinstance(p, TextPiece) and not p.synthetic]
    attached = [p for p in content if p not in words and not isinstance(p, AgentPiece)]
    files = [_file(p) for p in attached]
    agents = [_agent(p) for p in content if isinstance(p, AgentPiece)]
    texts = {str(n): p.note for n, p in enumerate(attached) if isinstance(p, TextPiece)}
    told: dict[str, str] = {}
    for name, value in (pair for p in words for pair in p.metadata.items()):
        told[name] = f"{told[name]}; {value}" if name in told else value
    ours = filled({**told, TEXTS: texts or None})
    metadata = {KEY: ours} if ours else None
    body = {"text": "\n\n".join(p.text for p in words), "files": files, "agents": agents}
    return filled({**body, "metadata": metadata}) | {"text": body["text"]}


def _file(piece: FilePiece | TextPiece) -> Json:
    if isinstance(piece, FilePiece):
        return {"uri": piece.url, "name": piece.filename}
    data = base64.b64encode(piece.text.encode("utf-8", "replace")).decode()
    return {"uri": f"data:text/plain;base64,{data}", "name": piece.note or "context"}


def _agent(piece: AgentPiece) -> Json:
    place = {"start": piece.place.start, "end": piece.place.end, "text": piece.place.value}
    return {"name": piece.name, "mention": place}
