"""The notebook's own policy."""

from __future__ import annotations

import pytest

from opencode_magic.permissions import Grant, Policy
from opencode_magic.wire import PermissionRequest


def request(
    *patterns: str, permission: str = "bash", always: tuple[str, ...] = ()
) -> PermissionRequest:
    return PermissionRequest(
        id="per_1", session_id="ses_1", permission=permission, patterns=list(patterns),
        always=list(always),
    )  # fmt: skip


def test_nothing_is_allowed_unasked() -> None:
    assert Policy().decide(request("ls")).reply == "ask"


def test_always_covers_what_was_offered_and_no_more() -> None:
    policy = Policy().with_always(request("echo one", always=("echo *",)))
    assert policy.decide(request("echo two")).reply == "once"
    assert policy.decide(request("echo")).reply == "once"
    assert policy.decide(request("echoes")).reply == "ask"
    assert policy.decide(request("rm -rf x")).reply == "ask"
    assert policy.decide(request("echo a", permission="edit")).reply == "ask"


def test_every_command_of_a_line_must_be_covered() -> None:
    policy = Policy().with_always(request("echo one", always=("echo *",)))
    assert policy.decide(request("echo a", "rm b")).reply == "ask"


def test_a_request_without_patterns_always_asks() -> None:
    policy = Policy(grants=(Grant("bash", "*"),))
    assert policy.decide(request()).reply == "ask"


def test_a_grant_taken_back_asks_again() -> None:
    policy = Policy().with_always(request("ls", always=("ls *",)))
    assert policy.without(policy.grants[0]).decide(request("ls")).reply == "ask"


def test_deny_rejects_with_words_so_that_the_turn_goes_on() -> None:
    verdict = Policy("deny", (Grant("bash", "*"),)).decide(request("ls"))
    assert verdict.reply == "reject"
    assert verdict.message


@pytest.mark.parametrize(
    ("pattern", "text", "covered"),
    [
        ("src/[a].py", "src/[a].py", True),
        ("src/[a].py", "src/a.py", False),
        ("a?b", "axb", True),
        ("ls *", "ls", True),
        ("*", "anything", True),
    ],
)
def test_a_pattern_means_what_it_means_to_the_server(
    pattern: str, text: str, covered: bool
) -> None:
    assert Grant("edit", pattern).covers("edit", text) is covered
