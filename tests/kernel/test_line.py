"""Calls of the kernel's tools are followed: what was lost, and when that is sure."""

from __future__ import annotations

import pytest

from opencode_magic.kernel.line import COMES_WITHIN_S, GOES_WITHIN_S, ToolsLine
from opencode_magic.model.messages import ToolPart, ToolState
from opencode_magic.render.tools.kernel import unreached


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def part(status: str, error: str = "", call: str = "c") -> ToolPart:
    return ToolPart("p", "m", "s", "kernel_00000000_run_code", call, ToolState(status, error=error))


@pytest.mark.parametrize("answered", [True, False])
def test_an_open_call_is_lost_when_its_time_is_over_and_told_once(answered: bool) -> None:
    clock = Clock()
    line = ToolsLine(clock)
    line.allowed("c")
    if answered:
        line.answered("c")
    clock.now = GOES_WITHIN_S if answered else COMES_WITHIN_S
    assert line.lost([part("running")]) == ""
    clock.now += 1
    assert line.lost([part("running")]) == ("the answer" if answered else "the call")
    assert line.lost([part("running")]) == ""
    assert line.is_quiet


def test_a_call_that_ends_is_not_lost() -> None:
    clock = Clock()
    line = ToolsLine(clock)
    line.allowed("c")
    line.answered("c")
    clock.now = 1000
    assert line.lost([part("completed"), part("running", call="of another")]) == ""
    assert line.is_quiet


def test_a_step_that_began_before_a_repair_fails_once_more_and_needs_no_other() -> None:
    line = ToolsLine(Clock())
    for answered, late, found in ((0, {"c"}, ""), (0, (), "the call"), (1, {"c"}, "the answer")):
        line.allowed("c")
        if answered:
            line.answered("c")
        assert line.lost([part("error", "Not connected")], late) == found
        assert line.is_quiet


@pytest.mark.parametrize(
    "error",
    [
        "HTTP 401: Invalid OAuth error response: SyntaxError: JSON Parse error",
        "Streamable HTTP error: Error POSTing to endpoint: oops",
        "MCP error -32000: Connection closed",
        "MCP error -32001: Request timed out",
        "Unable to connect. Is the computer able to access the url?",
        "The socket connection was closed unexpectedly.",
        "Not connected",
    ],
)
def test_what_servers_say_of_the_line_is_known(error: str) -> None:
    assert unreached(error)
    line = ToolsLine()
    line.allowed("c")
    assert line.lost([part("error", error)]) == "the call"


@pytest.mark.parametrize(
    "error",
    [
        "",
        "ZeroDivisionError: division by zero",
        "ConnectionError: refused",
        "The user stopped it.",
        "It was rejected",
        "OSError: Unable to connect",
    ],
)
def test_what_a_tool_says_itself_is_no_broken_line(error: str) -> None:
    assert not unreached(error)
