"""Two notebooks on one server: each its own session, its own prompts, one password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.script import Say
from tests.cell.cells import LOAD, ask, bash
from tests.cell.kernels import Kernel
from tests.conftest import StartServer
from tests.harness.machine import Machine

PASSWORD = "a shared-password"
Start = Callable[[str], Kernel]


@pytest.fixture
def start(machine: Machine, project: Path) -> Iterator[Start]:
    """Start the kernel of a notebook with that name; all end with the test."""
    kernels: list[Kernel] = []

    def start(name: str) -> Kernel:
        machine.env["JPY_SESSION_NAME"] = str(project / f"{name}.ipynb")
        kernels.append(Kernel(machine, project))
        kernels[-1].run(LOAD)
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


def test_two_notebooks_share_a_server_and_answer_their_own_prompts_only(
    start: Start, project: Path
) -> None:
    first, second = start("first"), start("second")
    served = first.run("%opencode /serve --shared", PASSWORD)
    url = re.findall(r"/connect (http://[\d.:]+)", served)[0]
    connected = second.run(f"%opencode /connect {url} --shell", PASSWORD)
    assert "connected" in connected
    assert "Password of" in connected or "Password of" not in served

    first.execute(ask("first", bash("touch by-first"), Say("First.")), allow_stdin=True)
    with OpenCode(url, password=PASSWORD, directory=str(project)) as oc:
        first.until(oc.permission.list)
        # The first one's request waits; the second one's own is all it is shown and answers.
        seen = second.run(ask("second", bash("touch by-second"), Say("Second.")), "o")
        assert "by-first" not in seen
        assert "Second." in seen
        assert (project / "by-second").exists()
        (waiting,) = oc.permission.list()
        assert waiting.metadata["command"] == "touch by-first"
        titles = sorted(s.title for s in oc.session.list(roots=True))
        assert titles == ["first", "second"]
        oc.permission.reply(waiting.id, "once")
        first.until((project / "by-first").exists)
    listed = second.run("%opencode /sessions")
    assert "first" in listed
    for shown in (served, connected, seen, listed):
        assert PASSWORD not in shown


def test_the_password_is_asked_for_and_a_wrong_or_missing_one_is_one_line(
    start: Start, start_server: StartServer, project: Path
) -> None:
    server = start_server(project, password=PASSWORD)
    kernel = start("notebook")
    nobody = kernel.run(f"%opencode /connect {server.url}")
    assert "wants a password" in nobody
    wrong = kernel.run(f"%opencode /connect {server.url}", "not-this-one")
    assert "wants another password" in wrong, wrong
    right = kernel.run(f"%opencode /connect {server.url}", PASSWORD)
    assert "connected" in right
    again = "get_ipython().magics_manager.registry['OpencodeMagics'].app.disconnect()"
    assert "healthy" in kernel.run(f"{again}\n%opencode /health")
    kept = kernel.run("repr(vars(get_ipython().magics_manager.registry['OpencodeMagics'].app))")
    for shown in (nobody, wrong, right, kept):
        assert PASSWORD not in shown
        assert "not-this-one" not in shown
        assert "File " not in shown


def test_what_was_typed_for_one_server_is_not_told_to_another(
    start: Start, start_server: StartServer, project: Path
) -> None:
    first = start_server(project, password=PASSWORD)
    second = start_server(project, password="another-password")
    kernel = start("notebook")
    kernel.run(f"%opencode /connect {first.url}", PASSWORD)
    assert "wants a password" in kernel.run(f"%opencode /connect {second.url}")


def test_a_shared_server_needs_a_password(start: Start) -> None:
    assert "letting others in needs a password" in start("notebook").run(
        "%opencode /serve --shared"
    )


def test_plain_http_to_another_machine_is_warned_of(
    start: Start, start_server: StartServer, project: Path
) -> None:
    server = start_server(project, password=PASSWORD)
    kernel = start("notebook")
    elsewhere = (
        "import opencode_magic.protocol.transport as http; http.is_loopback = lambda host: False"
    )
    kernel.run(elsewhere)
    assert "unencrypted: use https" in kernel.run(f"%opencode /connect {server.url}", PASSWORD)


@pytest.mark.parametrize(
    ("url", "password", "exposed"),
    [
        ("http://example.org:4096", "x", True),
        ("http://example.org:4096", None, False),
        ("https://example.org", "x", False),
        ("http://127.0.0.1:4096", "x", False),
        ("http://[::1]:4096", "x", False),
    ],
)
def test_a_password_is_exposed_by_plain_http_to_elsewhere(
    url: str, password: str | None, exposed: bool
) -> None:
    with OpenCode(url, password=password) as oc:
        assert oc.exposed is exposed
