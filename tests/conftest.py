"""The fixtures of all tests; what they stand on is in tests/harness."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from opencode_magic.demo.model import ScriptedModel
from tests.harness.lab import JupyterLab
from tests.harness.machine import Machine, make_machine
from tests.harness.notebook import Notebook, start_chromium
from tests.harness.server import PlainServer
from tests.harness.tools import require, require_browser, require_opencode


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-snapshots",
        action="store_true",
        help="write the files of tests/data/looks anew; look at what git says has changed",
    )


@pytest.fixture(scope="session")
def rewrite_snapshots(pytestconfig: pytest.Config) -> bool:
    """True where snapshots are to be written instead of compared."""
    return bool(pytestconfig.getoption("--rewrite-snapshots"))


Figures = Callable[[str], None]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Keep what was measured, to be printed when all tests have run: in whatever process."""
    return lambda text: request.node.user_properties.append(("figures", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, ())]
    measured = [text for r in reports for name, text in r.user_properties if name == "figures"]
    if measured:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(measured))


@pytest.fixture(scope="session")
def opencode_executable() -> Path:
    """A real opencode: on the PATH, else our own copy, else installed now."""
    for tool in ("git", "rg"):
        require(tool)
    return require_opencode()


@pytest.fixture(scope="session")
def model() -> Iterator[ScriptedModel]:
    """The scripted model that all shared servers use."""
    with ScriptedModel() as model:
        yield model


@pytest.fixture
def machine(tmp_path: Path, opencode_executable: Path, model: ScriptedModel) -> Machine:
    """A machine of the test's own, with the scripted model in the user's configuration."""
    return make_machine(tmp_path / "machine", opencode=opencode_executable, model_url=model.url)


@pytest.fixture
def project(machine: Machine) -> Path:
    """A git repository with one commit on the test's own machine."""
    return machine.project()


@pytest.fixture(scope="session")
def shared_machine(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Machine:
    """The machine of `plain_server`."""
    root = tmp_path_factory.mktemp("shared") / "machine"
    return make_machine(root, opencode=opencode_executable, model_url=model.url)


@pytest.fixture(scope="session")
def plain_server(opencode_executable: Path, shared_machine: Machine) -> Iterator[PlainServer]:
    """One `opencode serve` with a password for all tests that only need some server.

    Its project is a git repository; `always` grants and sessions of other tests may be there.
    """
    directory = shared_machine.project()
    server = PlainServer(opencode_executable, shared_machine, directory, password="s3cret-harness")
    yield server
    server.stop()


class StartServer(Protocol):
    def __call__(
        self, directory: Path, *, machine: Machine | None = None, password: str = ""
    ) -> PlainServer: ...


@pytest.fixture
def start_server(opencode_executable: Path, machine: Machine) -> Iterator[StartServer]:
    """Start servers of the test's own; they end with the test."""
    servers: list[PlainServer] = []

    def start(
        directory: Path,
        *,
        machine: Machine | None = machine,
        password: str = "",
        port: int = 0,
    ) -> PlainServer:
        assert machine is not None
        servers.append(
            PlainServer(opencode_executable, machine, directory, password=password, port=port)
        )
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def lab(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[JupyterLab]:
    """A real JupyterLab whose kernels find opencode and the scripted model."""
    root = tmp_path_factory.mktemp("lab") / "machine"
    lab = JupyterLab(make_machine(root, opencode=opencode_executable, model_url=model.url))
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    executable = require_browser()
    with sync_playwright() as playwright:
        chromium = start_chromium(playwright, executable)
        yield chromium
        chromium.close()


_numbers = itertools.count(1)

OpenNotebook = Callable[..., Notebook]


@pytest.fixture
def open_notebook(lab: JupyterLab, browser: Browser) -> Iterator[OpenNotebook]:
    """Open notebooks with given cells, each in a new project of its own unless one is named.

    `open_notebook(["print(1)"])`, `open_notebook(cells, project=folder, lab=another)`
    """
    notebooks: list[Notebook] = []

    def open_(
        cells: Sequence[str], *, project: Path | None = None, lab: JupyterLab = lab
    ) -> Notebook:
        folder = project or lab.project(f"project-{next(_numbers)}")
        notebooks.append(Notebook.create(browser, lab, folder / "notebook.ipynb", cells))
        return notebooks[-1]

    yield open_
    for notebook in notebooks:
        notebook.close()
