"""An application of a notebook, connected to a server of the test's major."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.app.app import App
from opencode_magic.app.place import Place
from opencode_magic.server.trust import TrustStore
from tests.harness.server import PlainServer
from tests.served.test_interrupts import Configured


@pytest.fixture
def app(any_server: PlainServer, tmp_path: Path) -> Iterator[App]:
    app = App(
        Configured(any_server.url),
        Place(any_server.directory, "notebook.ipynb"),
        trust=TrustStore(tmp_path / "trust.json"),
        environ={"OPENCODE_SERVER_PASSWORD": any_server.password},
    )
    yield app
    app.disconnect()
