"""Fixtures for the tests of the cell."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode_magic.app.app import App
from opencode_magic.app.place import Place
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.server.trust import TrustStore
from tests.cell.benches import FILES, Bench
from tests.cell.cells import Cells
from tests.cell.running import KeptKernel
from tests.conftest import OpenNotebook
from tests.harness.machine import make_machine
from tests.harness.server import SERVERS, PlainServer
from tests.harness.tools import require_opencode2
from tests.served.test_interrupts import Configured

FORMAT = ["sed", "-i", "s/a v/A v/", "$FILE"]
Grounds = Callable[[str], PlainServer]


@pytest.fixture(scope="module")
def grounds(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[Grounds]:
    """Give the module's server of a major."""
    servers: dict[str, PlainServer] = {}

    def ground(major: str) -> PlainServer:
        if major not in servers:
            program = opencode_executable if major == "1" else require_opencode2()
            machine = make_machine(tmp_path_factory.mktemp("rewind") / "machine", opencode=program)
            loud = {"command": FORMAT, "extensions": [".loud"]}
            machine.configure(model.url, formatter={"loud": loud})
            servers[major] = SERVERS[major](
                program, machine, machine.project("first"), password="s3cret-rewind"
            )
        return servers[major]

    yield ground
    for server in servers.values():
        server.stop()


_names = itertools.count(1)


@pytest.fixture
def bench(grounds: Grounds, major: str, model: ScriptedModel, tmp_path: Path) -> Iterator[Bench]:
    server = grounds(major)
    machine = server.machine
    root = machine.project(f"project-{next(_names)}", FILES)
    app = App(
        Configured(server.url),
        Place(root, "notebook.ipynb"),
        trust=TrustStore(tmp_path / "trust.json"),
        environ={"OPENCODE_SERVER_PASSWORD": server.password},
    )
    yield Bench(machine, root, app, major, model)
    app.disconnect()


@pytest.fixture
def cells(major: str, request: pytest.FixtureRequest) -> Cells:
    """The cells of a notebook for the test's major: of 2.x the shared server is used."""
    return Cells(major, request.getfixturevalue("plain_server2") if major == "2" else None)


@pytest.fixture(scope="session")
def _kept_kernels(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[tuple[list[KeptKernel], Callable[[], KeptKernel]]]:
    """The kernel that is kept, if there is one, and how one is started."""
    kept: list[KeptKernel] = []

    def begin() -> KeptKernel:
        root = tmp_path_factory.mktemp("kept") / "machine"
        machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
        kept.append(KeptKernel(machine))
        return kept[-1]

    yield kept, begin
    for kernel in kept:
        kernel.close()


@pytest.fixture
def kept_kernel(
    _kept_kernels: tuple[list[KeptKernel], Callable[[], KeptKernel]],
    request: pytest.FixtureRequest,
) -> Iterator[KeptKernel]:
    """A kernel with a server that it has started, on a machine of its own: see `KeptKernel`."""
    kept, begin = _kept_kernels
    if kept:
        kept[0].renew()
    failed = request.session.testsfailed
    yield kept[0] if kept else begin()
    if request.session.testsfailed > failed:
        kept.pop().close()  # what a failed test leaves may be anything


@pytest.fixture
def its_notebook(major: str, request: pytest.FixtureRequest) -> OpenNotebook:
    """Put cells into a notebook for the test's major; tests of 1.x have one and the same."""
    put: OpenNotebook = request.getfixturevalue(
        "same_notebook" if major == "1" else "open_notebook"
    )
    return put
