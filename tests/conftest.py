"""The fixtures of all tests; what they stand on is in tests/harness."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.server import start
from tests.harness.calls import CALLS, Calls
from tests.harness.kept import KeptNotebook
from tests.harness.lab import JupyterLab
from tests.harness.machine import Machine, make_machine, seen_servers
from tests.harness.notebook import Notebook, start_chromium
from tests.harness.pages import Pages, new_page
from tests.harness.proxy import Proxy
from tests.harness.server import SERVERS, PlainServer
from tests.harness.site import sitecustomize
from tests.harness.tools import require, require_browser, require_opencode, require_opencode2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-snapshots",
        action="store_true",
        help="write the files of tests/data/looks anew; look at what git says has changed",
    )
    parser.addoption(
        "--rounds", type=int, default=20, help="how many examples each random suite tries (20)"
    )
    parser.addoption("--seed", type=int, help="the seed of the random suites; a new one if not set")


@pytest.hookimpl(tryfirst=True)  # hypothesis reads its own option when its turn comes
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before the worker processes are started, which take it over."""
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(2**32)
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = config.option.seed
    os.environ[sitecustomize.VARIABLE] = str(seen_servers())
    sitecustomize.remember(start)
    settings.register_profile("rounds", max_examples=config.option.rounds, deadline=None)
    settings.load_profile("rounds")


def pytest_report_header(config: pytest.Config) -> str:
    """Say what a run of the random suites needs to be repeated."""
    return f"random suites: --rounds {config.option.rounds} --seed {config.option.seed}"


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    """How many examples a random suite tries."""
    return int(pytestconfig.getoption("--rounds"))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers of the test's own, the same again with the same `--seed`."""
    return random.Random(f"{request.config.getoption('--seed')} {request.node.nodeid}")


@pytest.fixture(scope="session")
def rewrite_snapshots(pytestconfig: pytest.Config) -> bool:
    """True where snapshots are to be written instead of compared."""
    return bool(pytestconfig.getoption("--rewrite-snapshots"))


_WAITING = ("bench", "cell", "demo", "live", "matrix", "served", "server", "trial")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with servers, kernels and browsers first, in both halves of the list.

    Each of two processes begins with one half, and takes what is left of the other's when it is
    done: then only quick tests are left, and no file is torn in two whose tests share a server.
    """
    waiting: dict[Path, list[pytest.Item]] = {}
    quick: list[pytest.Item] = []
    for item in items:
        if item.path.parent.name in _WAITING:
            waiting.setdefault(item.path, []).append(item)
        else:
            quick.append(item)
    halves: tuple[list[pytest.Item], list[pytest.Item]] = ([], [])
    for number, file in enumerate(waiting.values()):
        halves[number % 2].extend(file)
    # As many in each half, so that the second one begins where the list is divided.
    missing = len(items) // 2 - len(halves[0])
    items[:] = [*halves[0], *quick[:missing], *halves[1], *quick[missing:]]


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


@pytest.fixture(autouse=True)
def _gates_of_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let each test find the gates of the model closed, also one that another has opened."""
    model = request.getfixturevalue("model") if "model" in request.fixturenames else None
    yield
    if model is not None:
        model.begin_again()


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


@pytest.fixture(scope="session")
def plain_server2(
    tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel
) -> Iterator[PlainServer]:
    """The same of OpenCode 2, on a machine of its own: a database is of one major."""
    opencode = require_opencode2()
    root = tmp_path_factory.mktemp("shared2") / "machine"
    machine = make_machine(root, opencode=opencode, model_url=model.url)
    server = SERVERS["2"](opencode, machine, machine.project(), password="s3cret-harness")
    yield server
    server.stop()


@pytest.fixture
def major(request: pytest.FixtureRequest) -> str:
    """The major of the server that a test is for, which `both` and `only_2` set; else the first."""
    return str(getattr(request, "param", "1"))


@pytest.fixture
def any_server(major: str, request: pytest.FixtureRequest) -> PlainServer:
    """The shared server of the test's major."""
    shared: PlainServer = request.getfixturevalue(
        "plain_server" if major == "1" else "plain_server2"
    )
    return shared


@pytest.fixture
def tool_calls(major: str) -> Calls:
    """Tool calls as the server of the test's major spells them."""
    return CALLS[major]


@pytest.fixture
def proxy(any_server: PlainServer) -> Iterator[Proxy]:
    """A line to that server that can be made to misbehave."""
    with Proxy(any_server.port) as proxy:
        yield proxy


class StartServer(Protocol):
    def __call__(
        self,
        directory: Path,
        *,
        machine: Machine | None = None,
        password: str = "",
        port: int = 0,
    ) -> PlainServer: ...


@pytest.fixture
def start_server(opencode_executable: Path, machine: Machine, major: str) -> Iterator[StartServer]:
    """Start servers of the test's own, of its major; they end with the test."""
    servers: list[PlainServer] = []
    opencode = opencode_executable if major == "1" else require_opencode2()

    def start(
        directory: Path,
        *,
        machine: Machine | None = machine,
        password: str = "",
        port: int = 0,
    ) -> PlainServer:
        assert machine is not None
        servers.append(SERVERS[major](opencode, machine, directory, password=password, port=port))
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


@pytest.fixture(scope="session")
def pages(browser: Browser, lab: JupyterLab) -> Iterator[Pages]:
    """Pages that show the Lab already."""
    pages = Pages(browser, lab)
    yield pages
    pages.close()


_numbers = itertools.count(1)

OpenNotebook = Callable[..., Notebook]


@pytest.fixture
def open_notebook(
    lab: JupyterLab, browser: Browser, pages: Pages, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Open notebooks with given cells, each in a new project of its own unless one is named.

    `open_notebook(["print(1)"])`, `open_notebook(cells, project=folder, lab=another)`. The page may
    have shown the notebooks of other tests before; not so with `fresh`, for a test that listens to
    the page or changes more of it than its size.
    """
    notebooks: list[tuple[Notebook, bool]] = []

    def open_(
        cells: Sequence[str],
        *,
        project: Path | None = None,
        lab: JupyterLab = lab,
        fresh: bool = False,
    ) -> Notebook:
        folder = project or lab.project(f"project-{next(_numbers)}")
        shared = lab is pages.lab and not fresh
        page = pages.take() if shared else new_page(browser)
        notebook = Notebook(page, lab, folder / "notebook.ipynb")
        notebooks.append((notebook, shared))
        notebook.write(cells)
        notebook.open()
        return notebook

    yield open_
    for notebook, shared in notebooks:
        if shared and not request.session.testsfailed:
            pages.give_back(notebook.page)
            notebook.end_kernel()
        else:
            notebook.close()


@pytest.fixture(scope="session")
def _kept_notebook(pages: Pages, lab: JupyterLab) -> Iterator[KeptNotebook]:
    kept = KeptNotebook(pages, lab)
    yield kept
    kept.close()


@pytest.fixture
def same_notebook(
    _kept_notebook: KeptNotebook, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Put given cells into one notebook, the same for all tests that ask for it.

    For a test to which it does not matter what a kernel keeps: see `KeptNotebook`.
    """
    failed = request.session.testsfailed
    yield _kept_notebook.put
    if request.session.testsfailed > failed:
        _kept_notebook.close()  # what a failed test leaves may be anything
