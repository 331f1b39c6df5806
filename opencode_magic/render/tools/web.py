"""The web: pages that were fetched, and searches."""

from __future__ import annotations

from .call import Call, Look, code


def fetch(call: Call) -> Look:
    return Look("Fetch", call.text("url") or call.title, "", code(call.output))


def search(call: Call) -> Look:
    return Look("Search the web for", call.text("query") or call.title, "", code(call.output))
