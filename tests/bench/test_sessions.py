"""Long sessions are read page by page. To make 2,000 messages takes minutes: `-m long`."""

from __future__ import annotations

import pytest

from opencode_magic import OpenCode
from tests.bench.sessions import SESSIONS, listed
from tests.conftest import Figures
from tests.harness.server import PlainServer


@pytest.mark.parametrize("messages", [150, pytest.param(2_000, marks=pytest.mark.long)])
def test_a_long_session_is_read_a_page_at_a_time(
    plain_server: PlainServer, messages: int, figures: Figures
) -> None:
    with OpenCode(plain_server.url, password=plain_server.password) as oc:
        cost = listed(oc, messages)
    figures(str(cost))
    assert (cost.read, cost.sessions) == (messages, SESSIONS)
