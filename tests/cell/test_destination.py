"""Without a login a prompt goes to a free hosted model only where it was chosen, or it is said."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.errors import InputError
from opencode_magic.model.agents import Provider
from opencode_magic.protocol.v1.codec import decoder
from opencode_magic.turns.destination import free_service, refuse_unchosen
from tests.cell.running import run, shown
from tests.conftest import StartServer
from tests.harness.machine import Machine

FREE = "opencode/big-pickle"
ATTENDED = "get_ipython().kernel._allow_stdin = True\n"
ASK = "get_ipython().run_line_magic('opencode', '{}hello there')"


def _model(cost: int) -> dict[str, Any]:
    return {
        "name": "M", "attachment": False, "reasoning": False, "tool_call": True,
        "temperature": True, "release_date": "2026-01-01", "last_updated": "2026-01-01",
        "modalities": {"input": ["text"], "output": ["text"]}, "open_weights": False,
        "cost": {"input": cost, "output": cost}, "limit": {"context": 100_000, "output": 4_000},
    }  # fmt: skip


@pytest.fixture
def bare(machine: Machine, model: ScriptedModel) -> Machine:
    """A machine without a login, and a catalogue in which the scripted model is the hosted one."""
    models = {id: {"id": id, **_model(cost)} for id, cost in (("big-pickle", 0), ("paid", 3))}
    hosted = {
        "id": "opencode", "env": ["OPENCODE_API_KEY"], "npm": "@ai-sdk/openai-compatible",
        "api": model.url, "name": "OpenCode Zen", "models": models,
    }  # fmt: skip
    catalogue = machine.root / "catalogue.json"
    catalogue.write_text(json.dumps({"opencode": hosted}))
    machine.env["OPENCODE_MODELS_PATH"] = str(catalogue)
    machine.configure()
    return machine


def asked(model: ScriptedModel) -> int:
    return sum("hello there" in request.prompt for request in model.requests)


def test_a_notebook_says_where_a_prompt_goes_and_headless_wants_it_chosen(
    bare: Machine, model: ScriptedModel
) -> None:
    model.requests.clear()
    cells = [
        "%load_ext opencode_magic",
        ASK.format(""),  # headless, nobody chose
        ASK.format(f"-m {FREE} "),
        "%opencode /new",
        ATTENDED + ASK.format(""),
        "%opencode /new",
        f"%config OpencodeMagics.model = '{FREE}'\n" + ASK.format(""),
    ]
    notebook = run(cells, bare.project(), bare)
    headless, chosen, first, trait = (notebook.cells[i] for i in (1, 2, 4, 6))
    assert "nobody is logged in, so prompts go to opencode/big-pickle" in shown(headless)
    assert "nothing was sent. To agree, choose it: -m opencode/big-pickle" in shown(headless)
    assert "Traceback" not in shown(headless)
    told = "a free model hosted by the makers of opencode (OpenCode Zen)"
    assert told in shown(first)
    assert shown(first).index(told) < shown(first).index("scripted model")
    for cell in (chosen, trait):
        assert "scripted model" in shown(cell)
        assert told not in shown(cell)
    assert asked(model) == 3


def test_a_script_has_to_choose_it_too(
    bare: Machine, model: ScriptedModel, start_server: StartServer
) -> None:
    model.requests.clear()
    with start_server(bare.project()).client() as oc:
        with pytest.raises(InputError, match=r'choose it: model="opencode/big-pickle"'):
            oc.ask("hello there")
        with pytest.raises(InputError, match="choose it"):
            oc.map(["hello there", "hello there"], quiet=True)
        assert oc.session.list() == []
        assert asked(model) == 0
        assert "scripted model" in oc.ask("hello there", model=FREE).text


def test_the_users_own_configuration_or_agent_is_a_choice() -> None:
    provider = {"id": "opencode", "models": {}, "options": {"apiKey": "public"}}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/config":
            return httpx.Response(200, json={"model": FREE})
        return httpx.Response(200, json={"providers": [provider], "default": {}})

    with OpenCode("http://127.0.0.1:1", transport=httpx.MockTransport(answer)) as client:
        client.speak("")
        refuse_unchosen(client, FREE, "-m")
        refuse_unchosen(client, "opencode/other", "-m", None, "opencode/other")
        with pytest.raises(InputError, match="choose it: -m"):
            refuse_unchosen(client, "opencode/other", "-m", None)


@pytest.mark.parametrize(
    ("own", "free"),
    [
        ({"id": "opencode", "options": {"apiKey": "public"}}, True),
        (
            {"id": "opencode", "name": "x", "source": "config", "options": {"apiKey": "public"}},
            True,
        ),
        ({"id": "opencode", "source": "env", "key": "sk-1234567890", "options": {}}, False),
        ({"id": "opencode", "source": "api", "key": "sk-1234567890"}, False),
        ({"id": "opencode", "options": {"apiKey": "sk-1234567890"}}, False),
        ({"id": "opencode", "options": {"apiKey": {"odd": 1}}}, False),
        ({"id": "other", "options": {"apiKey": "public"}}, False),
    ],
)
def test_only_the_public_key_of_that_provider_needs_no_login(
    own: dict[str, Any], free: bool
) -> None:
    found: Provider = decoder(Provider).decode(json.dumps(own))
    assert found.needs_no_login is free
    assert "sk-1234567890" not in repr(found)


def test_a_model_of_another_provider_is_not_asked_about() -> None:
    with OpenCode("http://127.0.0.1:1") as nobody:
        assert free_service(nobody, "anthropic/claude") == ""
