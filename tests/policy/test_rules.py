"""What rules allow, and what the guard must not have lost."""

from __future__ import annotations

import pytest

from opencode_magic.model.agents import Agent
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.model.sessions import Rule
from opencode_magic.policy.grants import matches
from opencode_magic.policy.rules import (
    FoundRule,
    effective,
    out_of_bounds,
    session_rules,
    shell_bounds,
    violations,
)

DEFAULTS = (
    "* * allow",
    "doom_loop * ask",
    "external_directory * ask",
    "external_directory /h/opencode/tool-output/* allow",
    "question * deny",
    "read * allow",
    "read *.env ask",
)
GUARD = ("* * ask", "read * allow", "read *.env ask", "question * deny", "grep * allow")


def rules(*lines: str) -> tuple[Rule, ...]:
    """`permission pattern action`; the pattern may hold spaces."""
    parts = [line.split(" ") for line in lines]
    return tuple(Rule(words[0], " ".join(words[1:-1]), words[-1]) for words in parts)


def agent(*lines: str, name: str = "build") -> Agent:
    return Agent(name, "primary", permission=list(rules(*lines)))


def test_the_last_rule_that_matches_wins() -> None:
    said = rules("* * allow", "bash * ask", "bash git * allow", "bash git push * deny")
    assert effective(said, "read", "x") == "allow"
    assert effective(said, "bash", "ls") == "ask"
    assert effective(said, "bash", "git status") == "allow"
    assert effective(said, "bash", "git push origin") == "deny"


def test_no_rule_means_ask() -> None:
    assert effective([], "bash", "ls") == "ask"


def test_wildcards_are_the_servers() -> None:
    assert matches("ls", "ls *")
    assert matches("ls -l", "ls *")
    assert not matches("lsof", "ls *")
    assert matches("foo_bar", "foo_*")
    assert matches("a\nb", "a*")
    assert matches("abc", "a?c")
    assert not matches("a.c", "a+c")
    assert matches("x", "**")


def test_an_unguarded_agent_is_told_tool_by_tool() -> None:
    found = violations([agent(*DEFAULTS)], [])
    assert "agent build may use bash unasked" in found
    assert "agent build may use MCP tools unasked" in found
    assert not any("read" in line or "external_directory" in line for line in found)


def test_a_guarded_agent_is_fine_whatever_it_denies() -> None:
    assert violations([agent(*DEFAULTS, *GUARD)], []) == []
    assert violations([agent(*DEFAULTS, *GUARD, "edit * deny", "bash rm * deny")], []) == []


def test_an_allow_for_a_part_is_found() -> None:
    found = violations([agent(*DEFAULTS, *GUARD, "edit docs/* allow", "foo_* * allow")], [])
    assert found == [
        "agent build may use edit unasked for 'docs/*'",
        "agent build may use foo_* unasked",
    ]


def test_an_allow_that_a_wider_rule_takes_back_is_fine() -> None:
    said = (*DEFAULTS, *GUARD, "edit docs/* allow", "edit * ask")
    assert violations([agent(*said)], []) == []
    said = (*DEFAULTS, *GUARD, "bash git * allow", "bash git status * ask")
    assert violations([agent(*said)], []) == ["agent build may use bash unasked for 'git *'"]


def test_a_lost_deny_is_found_and_a_kept_one_is_not() -> None:
    seen = [
        FoundRule("build", "bash", "rm *", "deny"),
        FoundRule("build", "edit", "*", "deny"),
        FoundRule("build", "read", "*.pem", "ask"),
        FoundRule("plan", "webfetch", "*", "deny"),
    ]
    kept = agent(*DEFAULTS, *GUARD, "bash rm * deny", "edit * deny", "read *.pem ask")
    assert violations([kept], seen) == []
    lost = agent(*DEFAULTS, *GUARD, "bash rm * deny", "bash * ask", "edit * ask")
    assert violations([lost], seen) == [
        "agent build lost the deny of bash for 'rm *'",
        "agent build lost the deny of edit",
        "agent build lost the ask of read for '*.pem'",
    ]


def test_session_rules_raise_what_is_allowed_and_keep_the_rest() -> None:
    said = session_rules(agent(*DEFAULTS, "edit * deny", "bash ls * allow", "bash rm * deny"))
    made = tuple(Rule(**rule) for rule in said)
    assert violations([Agent("build", "primary", permission=list(made))], []) == []
    for tool, pattern, action in [
        ("edit", "x", "deny"),
        ("bash", "ls", "ask"),
        ("bash", "rm x", "deny"),
        ("webfetch", "http://x", "ask"),
        ("server_tool", "*", "ask"),
        ("read", "x", "allow"),
        ("read", "x.env", "ask"),
        ("grep", "x", "allow"),
        ("question", "*", "deny"),
        ("task", "general", "deny"),
    ]:
        assert effective(made, tool, pattern) == action, (tool, pattern)


def test_with_consent_a_session_may_ask_for_subagents() -> None:
    said = session_rules(agent(*DEFAULTS), allow_task=True)
    made = tuple(Rule(**rule) for rule in said)
    assert effective(made, "task", "general") == "ask"


def test_without_consent_a_session_has_no_shell() -> None:
    for lines in ((*DEFAULTS, "bash ls * allow"), ("bash * ask",)):
        made = tuple(Rule(**r) for r in session_rules(agent(*lines), allow_shell=False))
        assert effective(made, "bash", "ls") == effective(made, "bash", ":") == "deny"


BOUNDED = ("* * ask", "bash * deny", "bash git * ask", "bash make > log ask", "bash : ask")


def asked(text: str, permission: str = "bash") -> PermissionRequest:
    return PermissionRequest("per_1", "ses_1", permission, [":"], {"command": text})


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("git status", True),
        ("git add . && git commit -m 'a b'", True),
        ("make > log", True),
        ("> f", False),
        ("git status > f", False),
        ("{ git status; }", False),
        ("git status; touch f", False),
        ("cd .. && git status", False),
        (":", False),
        ("", False),
    ],
)
def test_rules_that_allow_some_commands_are_no_way_to_more(text: str, within: bool) -> None:
    found = shell_bounds([agent(*BOUNDED), agent("* * ask", "bash rm * deny", name="other")])
    assert list(found) == ["build"]
    assert out_of_bounds(asked(text), "build", found) is not within
    assert out_of_bounds(asked(text), "", found) is not within
    assert not out_of_bounds(asked(text), "other", found)
    assert not out_of_bounds(asked(text, "edit"), "build", found)


def test_rules_that_deny_all_are_no_bounds() -> None:
    assert shell_bounds([agent("* * ask", "bash * deny"), agent("* * ask")]) == {}
