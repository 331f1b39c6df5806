"""A session of many messages read page by page, and a list of many sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass

from opencode_magic import OpenCode

SESSIONS = 100
PAGE = 100


@dataclass(frozen=True)
class Listed:
    """What reading them took."""

    messages: int
    first_s: float
    all_s: float
    read: int
    sessions: int
    list_s: float

    def __str__(self) -> str:
        first, every = self.first_s * 1000, self.all_s * 1000
        return (
            f"  {self.messages:,} messages: the first page of {PAGE} in {first:.0f} ms, "
            f"all in {every:.0f} ms\n"
            f"  {self.sessions} sessions listed in {self.list_s * 1000:.0f} ms"
        )


def listed(oc: OpenCode, messages: int) -> Listed:
    """Make a session of that many messages, and that many sessions, and read them."""
    session = oc.session.create(title="long")
    for n in range(messages):
        oc.session.prompt(session, f"message {n}", no_reply=True)
    for n in range(SESSIONS):
        oc.session.create(title=f"one of many {n}")
    began = time.perf_counter()
    pages = oc.session.pages(session, size=PAGE)
    read = len(next(pages))
    first_s = time.perf_counter() - began
    read += sum(map(len, pages))
    all_s = time.perf_counter() - began
    began = time.perf_counter()
    found = oc.session.list(search="one of many", limit=SESSIONS)
    return Listed(messages, first_s, all_s, read, len(found), time.perf_counter() - began)
