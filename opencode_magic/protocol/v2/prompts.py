"""What a user message of OpenCode 2 holds: the words, and what was attached to them. Pure.

The server keeps what was attached with the message, files and pictures as a whole. Texts that were
written for the model are files, too: our entry in the metadata tells which.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.base import ADDED, KEY
from ...model.messages import AgentPart, FilePart, Part, TextPart
from ...model.tools import dig
from ...text.visible import as_text
from .bodies import TEXTS
from .told import objects

Told = Mapping[str, Any]


def parts(listed: Told, session: str) -> Iterator[Part]:
    """Yield the parts of a user message as the server lists it, in the order they are shown."""
    id = as_text(listed.get("id"))
    place = (id, session)
    ours = dig(listed.get("metadata"), KEY)
    if "text" in listed:
        kept = {name: told for name in ("attached", ADDED) if (told := dig(ours, name))}
        note = {KEY: kept} if kept else None
        text = as_text(listed["text"])
        yield TextPart(f"{id}/text", *place, text, metadata=note, sequence="0")
    texts = dig(ours, TEXTS)
    texts = texts if isinstance(texts, Mapping) else {}
    for number, file in enumerate(objects(listed.get("files"))):
        own, sequence = f"{id}/file/{number}", f"1{number:06d}"
        about = texts.get(str(number))
        if isinstance(about, str) and (written := _text_of(file)) is not None:
            note = {KEY: {"attached": about}} if about else None
            yield TextPart(own, *place, written, synthetic=True, metadata=note, sequence=sequence)
            continue
        name, mime, url = as_text(file.get("name")), as_text(file.get("mime")), _url_of(file)
        yield FilePart(own, *place, mime=mime, filename=name or None, url=url, sequence=sequence)
    for number, agent in enumerate(objects(listed.get("agents"))):
        own, sequence = f"{id}/agent/{number}", f"2{number:06d}"
        yield AgentPart(own, *place, as_text(agent.get("name")), sequence=sequence)


def _text_of(file: Told) -> str | None:
    """Return the text that is kept as a file; None where that is not what is kept."""
    if not as_text(file.get("mime")).startswith("text/"):
        return None
    try:
        return base64.b64decode(as_text(file.get("data")), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def _url_of(file: Told) -> str:
    """Return where an attachment is: its content, which the server keeps, if nothing else."""
    if uri := as_text(dig(file, "source", "uri")):
        return uri
    return f"data:{as_text(file.get('mime'))};base64,{as_text(file.get('data'))}"
