"""Each row of the matrix in a real browser: the same turns, whatever the front end and kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from opencode_magic.demo.model import ScriptedModel
from tests.conftest import Figures
from tests.harness.tools import missing

from .environments import Environment, NoPythonError, NotHereError, environment
from .rows import ROWS, Row
from .stage import staged
from .turn import STEPS


def built(row: Row) -> Environment:
    """The row's environment; skips where this machine cannot have it, and fails in CI."""
    try:
        return environment(row)
    except NoPythonError as error:
        pytest.skip(str(error))
    except NotHereError as error:
        missing(f"the environment {row.name} ({error})")
        raise


def marked(row: Row) -> object:
    marks = [] if row.in_ci else [pytest.mark.long]
    return pytest.param(row, id=row.name, marks=marks)


@pytest.mark.parametrize("row", [marked(row) for row in ROWS])
@pytest.mark.timeout(900)
def test_a_turn_is_watched_answered_stopped_and_kept(
    row: Row,
    tmp_path: Path,
    browser: Browser,
    model: ScriptedModel,
    opencode_executable: Path,
    figures: Figures,
) -> None:
    environment = built(row)
    with staged(row, environment, tmp_path, browser, model, opencode=opencode_executable) as scene:
        seen = [f"{name} {step(scene)}" for name, step in STEPS.items()]
    figures(f"{row.name}: {', '.join(seen)}")
