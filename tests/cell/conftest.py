"""A kernel that the tests of the agent cell share, where it does not matter what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from tests.cell.running import KeptKernel
from tests.harness.machine import make_machine


@pytest.fixture(scope="session")
def kept_kernel(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[KeptKernel]:
    """A kernel with a server that it has started, on a machine of its own: see `KeptKernel`."""
    root = tmp_path_factory.mktemp("kept") / "machine"
    kept = KeptKernel(make_machine(root, opencode=opencode_executable, model_url=model.url))
    yield kept
    kept.close()
