"""Ids of ours, which the server takes for the next of its own."""

from __future__ import annotations

import pytest

from opencode_magic.protocol.v1.ids import ids_after


@pytest.mark.parametrize("newest", ["", "msg_2147b8f1f0010X1nEoUtiWCfEN"])
def test_an_id_of_ours_is_the_next_one(newest: str) -> None:
    message, part = ids_after(newest, 1_795_453_826_557.0)
    assert message > newest
    assert (message[:4], part[:4], len(message)) == ("msg_", "prt_", 30)
    assert message[4:16] == part[4:16]
    assert message < "msg_2147b8f1f003"
    assert ids_after(newest, 1_795_453_826_557.0)[0] != message


@pytest.mark.parametrize("newest", ["msg_somebody", "msg_ffffffffffff0X1nEoUtiWCfEN", "msg_12"])
def test_where_the_next_id_is_not_known_the_server_makes_it(newest: str) -> None:
    assert ids_after(newest, 0) == ("", "")
