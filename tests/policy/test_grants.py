"""The notebook's own policy."""

from __future__ import annotations

import pytest

from opencode_magic.model.asks import PermissionCall, PermissionRequest
from opencode_magic.model.events import PartUpdated
from opencode_magic.model.messages import Message, MessageInfo, ToolPart, ToolState
from opencode_magic.model.transcript import Transcript, asked_whole, is_untold, reduce
from opencode_magic.policy.grants import Grant, Policy


def request(
    *patterns: str, permission: str = "bash", always: tuple[str, ...] = (), text: str = ""
) -> PermissionRequest:
    """A request; shell text, too, which by default is that of the patterns."""
    command = text or " && ".join(patterns)
    return PermissionRequest(
        id="per_1", session_id="ses_1", permission=permission, patterns=list(patterns),
        always=list(always), metadata={"command": command} if permission == "bash" else {},
    )  # fmt: skip


def always(text: str, *patterns: str) -> Policy:
    """The policy after "always" to a shell text, with what the server says it could mean."""
    return Policy().with_always(request(":", text=text, always=(": *", *patterns)))


def judged(policy: Policy, text: str) -> str:
    """What becomes of a shell text."""
    return policy.decide(request(":", text=text)).reply


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


@pytest.mark.parametrize(
    ("allowed", "patterns", "text"),
    [
        ("echo hi", ("echo *",), "{ echo hi; } > a.py"),
        ("echo hi", ("echo *",), "! echo hi > f"),
        ("echo hi", ("echo *",), "echo hi > f"),
        ("echo hi", ("echo *",), "echo $(touch f)"),
        ("echo hi", ("echo *",), "echo hi\n> f"),
        ("echo hi", ("echo *",), "> f"),
        ("echo hi", ("echo *",), ":"),
        ("echo hi", ("echo *",), ": x"),
        ("ls", ("ls *",), "export A=1; ls"),
        ("ls", ("ls *",), "A='a[$(touch f)]'; ls"),
        ("ls", ("ls *",), "declare -i n='a[$(touch f)]'; ls"),
        ("ls", ("ls *",), "[[ 'a[$(touch f)]' -eq 0 ]] || ls"),
        ("ls", ("ls *",), "cd /; ls"),
        ("ls", ("ls *",), "ls & touch f"),
        ("printf x", ("printf *",), "printf -v 'a[$(touch f)]' x"),
        ("test -e f", ("test *",), "test -v 'a[$(touch f)]'"),
        ("./*.sh", ("./*.sh *",), "./other.sh"),
        ("> *", (), "> f"),
        ("[[ a == ? ]]", (), "[[ a == b ]]"),
    ],
)
def test_a_grant_covers_no_text_that_does_more(
    allowed: str, patterns: tuple[str, ...], text: str
) -> None:
    assert judged(always(allowed, *patterns), text) == "ask"


@pytest.mark.parametrize(
    ("allowed", "patterns", "text"),
    [
        ("echo hi", ("echo *",), "echo 'a b' | echo && echo; echo c"),
        ("ls", ("ls *",), "ls -la *.py\n"),
        ("cd src && ls", ("ls *",), "cd src && ls -l"),
        ("> f", (), "> f"),
        ("for i in *; do echo $i; done", ("echo *",), "for i in *; do echo $i; done"),
    ],
)
def test_a_grant_covers_plain_commands_and_the_text_itself(
    allowed: str, patterns: tuple[str, ...], text: str
) -> None:
    assert judged(always(allowed, *patterns), text) == "once"


def test_the_word_of_the_guard_is_in_no_request_and_no_grant() -> None:
    asked = request(":", "echo hi", text="echo hi", always=(": *", "echo *"))
    assert (asked.patterns, asked.always) == (["echo hi"], ["echo *"])
    assert [str(g) for g in Policy().with_always(asked).grants] == ["bash: echo *"]
    assert [str(g) for g in always("> f").grants] == ["bash: exactly > f"]
    files = request(":", permission="edit")
    assert files.patterns == [":"]


def test_shell_text_that_the_server_does_not_tell_is_never_covered() -> None:
    asked = PermissionRequest("per_1", "ses_1", "bash", ["ls"], {}, ["ls *"])
    assert Policy(grants=(Grant("bash", "*"),)).decide(asked).reply == "ask"
    assert Policy().with_always(asked).grants == ()


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


def test_shell_text_that_comes_with_the_call_is_waited_for_and_judged() -> None:
    """A server before 1.3 tells it a moment after the request."""
    asked = PermissionRequest(
        "per", "ses", "bash", ["ls"], {}, ["ls *"], PermissionCall("msg", "call")
    )
    before = Transcript("ses", by_id={"msg": Message(MessageInfo("msg", "ses", "assistant"))})
    state = ToolState("running", {"command": "ls > f"})
    part = ToolPart("prt", "msg", "ses", "bash", "call", state)
    told = reduce(before, PartUpdated(part))
    assert (is_untold(asked, before), is_untold(asked, told)) == (True, False)
    whole = asked_whole(asked, told)
    assert isinstance(whole, PermissionRequest)
    assert judged(always("ls", "ls *"), whole.command) == "ask"
    assert [g.words for g in Policy().with_always(whole).grants] == ["exactly ls > f"]
