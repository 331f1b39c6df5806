"""A kernel that the tests of the agent cell share, where it does not matter what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from tests.cell.running import KeptKernel
from tests.harness.machine import make_machine


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
