"""The web: pages that were fetched, and searches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...model.tools import dig
from ...text.amounts import count_words
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist, Fold
from .call import ToolCall, ToolLook, as_list, code

READ_CHARS = 200_000
MOST_RESULTS = 50
_KIND = re.compile(r"\(([\w.+-]{1,60}/[\w.+-]{1,60})[^)]{0,60}\)\Z")
_RESULT = re.compile(r"^(Title|URL): *(.*)$", re.MULTILINE)


def fetch(call: ToolCall) -> ToolLook:
    """Describe a page that was fetched."""
    kind = _KIND.search(call.title[-200:])
    body = code(call.output, "html" if call.text("format") == "html" else "")
    return ToolLook("Fetch", call.text("url") or call.title, kind[1] if kind else "", body)


def search(call: ToolCall) -> ToolLook:
    """Describe a search of the web, with its results as a list."""
    found = list(_results(call.output[:READ_CHARS]))[:MOST_RESULTS]
    query = call.text("query") or call.title
    all_of_it = code(call.output)
    if not found:
        return ToolLook("Search the web for", query, "", all_of_it)
    lines = tuple(
        Check(f"{n}.", one_line(title) or one_line(url), one_line(url) if title else "")
        for n, (title, url) in enumerate(found, start=1)
    )
    body = (Checklist(lines), Fold("What the search answered", all_of_it))
    return ToolLook("Search the web for", query, count_words(len(found), "result"), body)


def _results(text: str) -> Iterator[tuple[str, str]]:
    """Yield title and address of each result, in the forms of the two search services."""
    if text.lstrip().startswith("{"):
        try:
            listed = dig(json.loads(text), "results")
        except (ValueError, RecursionError):
            return
        for result in as_list(listed):
            yield as_text(dig(result, "title")), as_text(dig(result, "url"))
        return
    title = ""
    for found in _RESULT.finditer(text):
        if found[1] == "Title":
            title = found[2]
        elif found[2]:
            yield title, found[2]
            title = ""
