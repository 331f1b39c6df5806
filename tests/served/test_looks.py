"""The tools of a real server are those that have a look."""

from __future__ import annotations

from opencode_magic.render.tools import LOOKS
from tests.harness.server import PlainServer
from tests.render.test_looks import DEFAULT_LOOK


def test_each_tool_of_the_server_has_a_look(plain_server: PlainServer) -> None:
    with plain_server.http() as http:
        offered = set(http.get("/experimental/tool/ids").raise_for_status().json())
    assert {"bash", "edit"} <= offered
    assert offered - set(LOOKS) == set(DEFAULT_LOOK)
