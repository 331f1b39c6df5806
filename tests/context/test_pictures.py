"""Figures: drawn, told in words where they cannot be, and kept back where a secret is in them."""

from __future__ import annotations

from typing import Any

import pytest

from opencode_magic.context import pictures
from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.notebook import Notebook

figures = pytest.importorskip("matplotlib.figure")
go = pytest.importorskip("plotly.graph_objects")
px = pytest.importorskip("plotly.express")

TOKEN = "ghp_" + "a1B2" * 9


def part(value: Any, **options: Any) -> dict[str, Any]:
    """What a mention of a value adds to a prompt."""
    (found,) = attach("look at @plot", Mentionable(Notebook({"plot": value}), **options)).parts
    return found


def chip(found: dict[str, Any]) -> str:
    told: str = found["metadata"]["opencode_magic"]["attached"]
    return told


@pytest.fixture
def without_kaleido(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)


@pytest.mark.usefixtures("without_kaleido")
def test_a_plotly_figure_that_cannot_be_drawn_is_told_in_words() -> None:
    figure = go.Figure(
        [
            go.Scatter(x=[1, 2, 30], y=[0.5, 7.25, 3], name="measured"),
            go.Bar(x=["ape", "bee"], y=[1, 2], name="counted"),
        ],
        {"title": "Growth", "xaxis": {"title": "day"}, "yaxis": {"title": {"text": "mass"}}},
    )
    found = part(figure)
    assert "plotly Figure of 2 traces, in words" in chip(found)
    assert "plotly draws it with kaleido, which is not installed" in chip(found)
    for line in (
        "title: 'Growth'",
        "xaxis: 'day'",
        "yaxis: 'mass'",
        "trace 1: scatter 'measured': x 3 values from 1 to 30, y 3 values from 0.5 to 7.25",
        "trace 2: bar 'counted': x 2 values from ape to bee, y 2 values from 1 to 2",
    ):
        assert line in found["text"].splitlines()


@pytest.mark.usefixtures("without_kaleido")
def test_typed_values_of_plotly_and_its_secrets() -> None:
    np = pytest.importorskip("numpy")
    figure = px.scatter(x=np.arange(1000) / 4, y=np.arange(1000), title=f"of {TOKEN}")
    found = part(figure)
    assert "x 1,000 values from 0 to 249.8, y 1,000 values from 0 to 999" in found["text"]
    assert "1 secret left out (GitHub token)" in chip(found)
    assert TOKEN not in str(found)


def titled(figure: Any, axes: Any) -> None:
    axes.set_title(f"with {TOKEN}")


def annotated(figure: Any, axes: Any) -> None:
    axes.annotate(TOKEN, (0.5, 0.5))


def labelled(figure: Any, axes: Any) -> None:
    axes.plot([1, 2], label="API_KEY=hunter22-x")
    axes.legend()


def ticked(figure: Any, axes: Any) -> None:
    axes.bar([TOKEN, "other"], [1, 2])


def headed(figure: Any, axes: Any) -> None:
    figure.suptitle(TOKEN)


@pytest.mark.parametrize("write", [titled, annotated, labelled, ticked, headed])
def test_a_figure_with_a_secret_in_it_is_not_sent(write: Any) -> None:
    figure = figures.Figure()
    axes = figure.subplots()
    write(figure, axes)
    for value in (figure, axes):
        found = part(value)
        assert found["type"] == "text"
        assert "not sent as a picture: a secret is written in it" in chip(found)
        assert "1 secret left out (" in chip(found)
        assert TOKEN not in str(found)
        assert "hunter22" not in str(found)
    allowed = part(figure, allow_secrets=("GitHub token", "API_KEY"))
    assert allowed["type"] == "file"
    assert allowed["mime"] == "image/png"


def test_a_figure_without_secrets_is_sent() -> None:
    figure = figures.Figure()
    figure.subplots().set_title("token count per day")
    assert part(figure)["type"] == "file"
