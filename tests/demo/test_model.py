"""The scripted model, asked as an OpenAI client asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from opencode_magic.demo.cues import NO_TOOLS, UNSCRIPTED, TurnPoint
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import (
    Call,
    Disconnect,
    Fail,
    Say,
    StreamTokens,
    Think,
    Usage,
    Wait,
    overflow,
    script,
)

TOOLS = [{"type": "function", "function": {"name": "bash", "parameters": {}}}]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        yield model


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def ask(model: ScriptedModel, *messages: dict[str, Any], tools: Any = TOOLS) -> list[Any]:
    """The decoded chunks of a reply."""
    response = post(model, *messages, tools=tools)
    response.raise_for_status()
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def post(model: ScriptedModel, *messages: dict[str, Any], tools: Any = TOOLS) -> httpx.Response:
    body = {"model": "demo", "stream": True, "messages": list(messages), "tools": tools}
    return httpx.post(f"{model.url}/chat/completions", json=body, trust_env=False, timeout=20)


def said(chunks: list[Any], field: str = "content") -> str:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get(field) or "" for delta in deltas)


def test_it_lists_its_one_model(model: ScriptedModel) -> None:
    listed = httpx.get(f"{model.url}/models", trust_env=False).json()
    assert [entry["id"] for entry in listed["data"]] == ["demo"]


def test_it_streams_text_in_pieces(model: ScriptedModel) -> None:
    chunks = ask(model, user(script(Say("Hello there", size=4))))
    assert said(chunks) == "Hello there"
    assert [c["choices"][0]["delta"].get("content") for c in chunks[:3]] == ["Hell", "o th", "ere"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"


def test_it_plays_a_step_for_each_reply_since_the_script(model: ScriptedModel) -> None:
    prompt = user(
        "please " + script([Think("hm"), Call("bash", {"command": "ls"}), Call("read")], Say("ok"))
    )
    first = ask(model, prompt)
    calls = [c["choices"][0]["delta"]["tool_calls"][0] for c in first[1:3]]
    assert said(first, "reasoning_content") == "hm"
    assert [(call["index"], call["function"]["name"]) for call in calls] == [
        (0, "bash"),
        (1, "read"),
    ]
    assert json.loads(calls[0]["function"]["arguments"]) == {"command": "ls"}
    assert calls[0]["id"] != calls[1]["id"]
    assert first[-2]["choices"][0]["finish_reason"] == "tool_calls"

    replied = {"role": "assistant", "content": None}
    answered = {"role": "tool", "content": "a.py"}
    assert said(ask(model, prompt, replied, answered)) == "ok"
    assert "ended" in said(ask(model, prompt, replied, answered, replied))


def test_the_last_script_wins_and_text_may_come_in_parts(model: ScriptedModel) -> None:
    parts = {"role": "user", "content": [{"type": "text", "text": script(Say("new"))}]}
    assert said(ask(model, user(script(Say("old"))), parts)) == "new"


def test_requests_without_tools_get_a_fixed_answer(model: ScriptedModel) -> None:
    assert said(ask(model, user(script(Say("no"))), tools=[])) == NO_TOOLS


def test_a_prompt_without_a_script_is_told_so(model: ScriptedModel) -> None:
    assert said(ask(model, user("hello"))) == UNSCRIPTED


def test_lessons_see_the_prompt_and_what_the_tools_answered() -> None:
    seen: list[TurnPoint] = []
    with ScriptedModel(lambda scene: seen.append(scene) or [Say("taught")]) as model:
        answered = {"role": "tool", "content": "a.py"}
        chunks = ask(model, user("teach me"), {"role": "assistant", "content": ""}, answered)
    assert said(chunks) == "taught"
    assert seen == [TurnPoint("teach me", 1, ("a.py",))]


def test_an_unreadable_script_says_so(model: ScriptedModel) -> None:
    assert "cannot be read" in said(ask(model, user("SB64:aGVsbG8=:")))


def test_a_failure_comes_as_often_as_it_should(model: ScriptedModel) -> None:
    prompt = user(script([Fail(429, "slow down", times=2, retry_after_s=0.1), Say("fine")]))
    for _ in range(2):  # the count starts again, so a test can be repeated
        refused = [post(model, prompt) for _ in range(2)]
        assert [r.status_code for r in refused] == [429, 429]
        assert refused[0].json()["error"]["message"] == "slow down"
        assert refused[0].headers["retry-after-ms"] == "100"
        assert said(ask(model, prompt)) == "fine"


def test_a_failure_without_a_count_stays(model: ScriptedModel) -> None:
    prompt = user(script(Fail(401, "bad key")))
    assert [post(model, prompt).status_code for _ in range(3)] == [401, 401, 401]


def test_a_full_context_looks_like_the_error_of_a_provider(model: ScriptedModel) -> None:
    refused = post(model, user(script([overflow(), Say("after")])))
    assert refused.status_code == 400
    assert "context length" in refused.json()["error"]["message"]


def test_it_cuts_the_line_in_the_middle(model: ScriptedModel) -> None:
    prompt = user(script([Say("half"), Disconnect(), Say(" and half")]))
    with pytest.raises(httpx.RemoteProtocolError):
        post(model, prompt)
    assert said(ask(model, prompt)) == "half and half"


def test_it_waits_at_a_gate_until_the_test_opens_it(model: ScriptedModel) -> None:
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(ask, model, user(script([Say("a"), Wait("later"), Say("b")])))
        assert model.arrived("later").wait(10)
        assert not reply.done()
        model.gate("later").set()
        assert said(reply.result(10)) == "ab"


def test_numbered_tokens_keep_their_rate(model: ScriptedModel) -> None:
    chunks = ask(model, user(script(StreamTokens(5, per_second=1000, paragraph=2))))
    assert said(chunks) == "t0 t1\n\nt2 t3\n\nt4 "


def test_usage_is_reported(model: ScriptedModel) -> None:
    usage = ask(model, user(script([Say("x"), Usage(7, 5, 2, 3)])))[-1]["usage"]
    assert usage["prompt_tokens"] == 7
    assert usage["completion_tokens"] == 5
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 2
    assert usage["prompt_tokens_details"]["cached_tokens"] == 3


def test_it_remembers_what_it_was_asked(model: ScriptedModel) -> None:
    ask(model, user("first"))
    ask(model, user("second"))
    assert [asked.prompt for asked in model.requests] == ["first", "second"]
    assert model.requests[0].tools == ["bash"]


def test_close_hangs_up_opens_gates_and_may_be_repeated() -> None:
    model = ScriptedModel()
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(post, model, user(script([Wait("never"), Say("x")])))
        assert model.arrived("never").wait(10)
        model.close()
        assert reply.exception(10) is None or isinstance(reply.exception(), httpx.HTTPError)
    model.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{model.url}/models", trust_env=False)
