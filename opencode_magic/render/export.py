"""A session as a file that can be read without us: Markdown, HTML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..model.sessions import Session
from ..model.turn import TurnRecord
from ..text.visible import one_line
from .blocks import Header, Item, Plain
from .describe import document
from .html import document_html
from .limits import TEXT_CHARS, Limit
from .markdown import escape
from .remarkdown import words
from .text import document_markdown

PAGE_CHARS = 2_000_000  # of one long text
_STYLE = (
    "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:15px/1.5 system-ui,sans-serif}"
    "pre{overflow:auto;background:#f6f6f6;padding:.6rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .6rem;text-align:left}.ocm-header{color:#666}"
    "section{border-top:1px solid #ddd;padding-top:1rem}"
)


def exported(session: Session, turns: Sequence[TurnRecord], raw: Any, ending: str) -> str:
    """Return a session as the text of a file.

    Parameters
    ----------
    session, turns:
        what to write, oldest turn first.
    raw:
        its messages as the server sent them, for JSON.
    ending:
        one of `FORMS`.
    """
    return FORMS[ending](session, turns, raw)


def file_name(title: str, ending: str) -> str:
    """Return a name for a session's file: letters and digits of its title."""
    name = re.sub(r"[^\w]+", "-", one_line(title, chars=60)).strip("-_").lower()
    return f"{name or 'session'}{ending}"


def _markdown(session: Session, turns: Sequence[TurnRecord], raw: Any) -> str:
    body = "\n---\n\n".join(document_markdown(_items(t), Limit(TEXT_CHARS)) for t in turns)
    return f"# {words(_title(session))}\n\n{body}"


def _html(session: Session, turns: Sequence[TurnRecord], raw: Any) -> str:
    title = escape(_title(session))
    sections = (f"<section>{document_html(_items(t), Limit(PAGE_CHARS))}</section>" for t in turns)
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        + "\n".join(sections)
        + "\n</body></html>\n"
    )


def _json(session: Session, turns: Sequence[TurnRecord], raw: Any) -> str:
    info = {"id": session.id, "title": session.title, "directory": session.directory}
    return json.dumps({"info": info, "messages": raw}, ensure_ascii=False, indent=2) + "\n"


def _items(turn: TurnRecord) -> list[Item]:
    """Return a turn with the words that began it, which in a notebook stand in the cell."""
    return [Item("you", Header("You")), Item("prompt", Plain(turn.prompt)), *document(turn)]


def _title(session: Session) -> str:
    return one_line(session.title) or session.id


FORMS: Mapping[str, Callable[[Session, Sequence[TurnRecord], Any], str]] = {
    ".md": _markdown,
    ".html": _html,
    ".json": _json,
}
"""What writes a session, by the ending of the file."""
