"""Measured is a page that has shown nothing else before."""

from __future__ import annotations

from functools import partial

import pytest

from tests.conftest import OpenNotebook


@pytest.fixture
def open_notebook(open_notebook: OpenNotebook) -> OpenNotebook:
    return partial(open_notebook, fresh=True)
