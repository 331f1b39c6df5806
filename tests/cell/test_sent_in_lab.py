"""In a real JupyterLab: what is shown before, what the server gets and what the model reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, script
from tests.cell.cells import LOAD
from tests.conftest import OpenNotebook, StartServer
from tests.harness.lab import JupyterLab
from tests.harness.proxy import Proxy

START_S = 120
NAMES = """\
import json, pandas as pd
from PIL import Image
df = pd.DataFrame({"n": [1, 2, 40], "word": ["pear", "fig", "plum"]})
keys = {"password": "planted-in-a-value-1"}
picture = Image.new("RGB", (4, 3), "red")"""
KEEP = """\
json.dump([[dict(part) for part in parts] for parts in (before, dry)], open("shown.json", "w"))
print("kept")"""


@pytest.fixture
def folder(lab: JupyterLab) -> Path:
    return lab.project("sent", {"a.py": "".join(f"line {n}\n" for n in range(1, 31))})


@pytest.fixture
def proxy(lab: JupyterLab, folder: Path, start_server: StartServer) -> Iterator[Proxy]:
    """What stands between the notebook and a server that runs in its folder."""
    server = start_server(folder, machine=lab.machine)
    with Proxy(server.port) as proxy:
        yield proxy


def test_what_is_shown_before_is_what_the_server_and_the_model_get(
    open_notebook: OpenNotebook, proxy: Proxy, folder: Path, model: ScriptedModel
) -> None:
    prompt = f"compare @df @a.py#L3-5 @error @keys @picture {script(Say('seen'))}"
    notebook = open_notebook(
        [
            f"{LOAD}\n%opencode /connect {proxy.url}",
            NAMES,
            "def f(x):\n    return 1 / x\nf(0)",
            f"before = %opencode /context {prompt}\nbefore",
            f"%%opencode --dry-run -o dry\n{prompt}",
            KEEP,
            f"%%opencode\n{prompt}",
        ],
        project=folder,
    )
    for index in range(7):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
    notebook.wait_for(6, "seen")
    before, dry = json.loads((folder / "shown.json").read_text())
    (request,) = proxy.asked("POST", "/prompt_async")
    sent = [{k: v for k, v in part.items() if k != "id"} for part in request["parts"]]

    # The bytes of the request are the parts that were shown, but for the ids they get.
    assert before == dry == sent
    assert [part["type"] for part in sent] == ["text", "text", "file", "text", "text", "file"]
    assert "1 secret left out (password)" in notebook.text(3)
    assert "planted-in-a-value-1" not in json.dumps(request)

    # The model reads the texts as they are, in their order, and the picture as it is. A file of the
    # project is the server's to read: in its place, behind all else, two texts of the server's
    # say that its read tool was called for these lines, and what that gave.
    got = _last_of_user(model, "compare @df")
    called, read = (part.pop("text") for part in got[-2:])
    assert got == [
        *({"type": "text", "text": part["text"]} for part in sent if part["type"] == "text"),
        {"type": "image_url", "image_url": {"url": sent[5]["url"]}},
        {"type": "text"},
        {"type": "text"},
    ]
    assert called.startswith("Called the Read tool with the following input: ")
    assert json.loads(called.partition(": ")[2]) == {
        "filePath": str(folder / "a.py"),
        "offset": 3,
        "limit": 3,
    }
    assert re.findall(r"^\d+: .*$", read, re.MULTILINE) == ["3: line 3", "4: line 4", "5: line 5"]


def _last_of_user(model: ScriptedModel, words: str) -> list[dict[str, Any]]:
    """The parts of the user's message that has these words, of the newest request."""
    for request in reversed(model.requests):
        for message in reversed(request.messages):
            if message["role"] == "user" and words in json.dumps(message) and request.tools:
                found: list[dict[str, Any]] = message["content"]
                return found
    raise AssertionError(f"the model was never asked {words!r}")
