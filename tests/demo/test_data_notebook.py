"""The data notebook: it runs, each cell means what it says, and what its answers say is true."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from opencode_magic.answer.code import table
from opencode_magic.demo import analysis
from opencode_magic.demo.cues import TurnPoint
from opencode_magic.demo.lessons import Lessons
from opencode_magic.demo.run import answer_beforehand, failures, output_text
from opencode_magic.demo.script import Call, Say
from opencode_magic.demo.stage import set_up
from opencode_magic.demo.stations import NOTES, stations_csv, write_stations
from opencode_magic.errors import InputError
from tests.cell.running import run
from tests.harness.machine import Machine

SECRET = "k3Jx-29fQ-71Lm-demo"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """The data set as the notebook reads it, with its dates as dates."""
    return pd.read_csv(io.StringIO(stations_csv()), parse_dates=["date"])


def test_each_cell_does_what_the_notebook_says(
    opencode_executable: Path, frame: pd.DataFrame
) -> None:
    cells = executed(opencode_executable)  # once: it takes a server and a kernel
    only_what_is_meant_to_fails(cells)
    mentions_are_told_and_a_secret_is_left_out(cells)
    the_code_of_an_answer_draws(cells)
    the_failed_cell_is_mended_and_the_kernel_worked_in(cells, frame)
    answers_are_typed_rows(cells)


def executed(opencode: Path) -> dict[str, Any]:
    """The cells after all of them have run, by their ids."""
    with set_up(opencode, "data_project", pace_s=0) as stage:
        kept = nbformat.read(stage.notebook, as_version=4).cells  # type: ignore[no-untyped-call]
        code = [cell for cell in kept if cell.cell_type == "code"]
        for cell in code:
            answer_beforehand(cell)
        machine = Machine(stage.root, dict(stage.env))
        done = run([cell.source for cell in code], stage.project, machine).cells
    for before, after in zip(code, done, strict=True):
        after.metadata = before.metadata
    return {before.id: after for before, after in zip(code, done, strict=True)}


def text(cell: Any) -> str:
    return "".join(output_text(output) for output in cell.outputs)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def only_what_is_meant_to_fails(cells: dict[str, Any]) -> None:
    assert [failure for cell in cells.values() for failure in failures(cell)] == []
    failed = [id for id, cell in cells.items() for o in cell.outputs if o.output_type == "error"]
    assert failed == ["fails"]
    assert "AttributeError" in text(cells["fails"])


def mentions_are_told_and_a_secret_is_left_out(cells: dict[str, Any]) -> None:
    assert "Attached: df: DataFrame 369 x 5, " in text(cells["look"])
    assert "369 rows" in text(cells["look"])
    assert "Attached: fig.png (image/png, " in text(cells["see"])
    assert "Not sent. This would be 3 parts" in text(cells["preview"])
    assert "1 secret left out (api_key)" in text(cells["preview"])
    assert SECRET in cells["secret"].source
    assert SECRET not in json.dumps([cell.outputs for cell in cells.values()])


def the_code_of_an_answer_draws(cells: dict[str, Any]) -> None:
    (drawn,) = [o for o in cells["draw"].outputs if "image/png" in o.get("data", {})]
    assert len(drawn.data["image/png"]) > 10_000


def the_failed_cell_is_mended_and_the_kernel_worked_in(
    cells: dict[str, Any], frame: pd.DataFrame
) -> None:
    assert "the proposal runs now; tried in a copy of this kernel" in text(cells["fixed"])
    assert by_month(text(cells["months"])) == by_month(means_by_month(frame))
    mended = celsius(frame)
    before, after = (
        data.loc[data["station"] == "harbour", "temperature_c"].mean() for data in (frame, mended)
    )
    assert f"harbour goes from {before:.1f} to **{after:.1f}**" in text(cells["convert"])
    assert "(allowed: --permission allow)" in text(cells["convert"])
    assert by_month(text(cells["changed"])) == by_month(means_by_month(mended))
    assert by_month(text(cells["changed"])) != by_month(text(cells["months"]))


def answers_are_typed_rows(cells: dict[str, Any]) -> None:
    assert "in the form that was asked for" in text(cells["find"])
    assert ["0", "harbour", "2025-07-10", "2025-07-19", "10"] in [
        line[:5] for line in words(text(cells["frame"]))
    ]
    assert "8 of 8 done" in text(cells["map"])
    kinds = [line[-2:] for line in words(text(cells["notes"])) if line[-1:] and line[0].isdigit()]
    assert kinds.count(["instrument", "True"]) == 4
    assert kinds.count(["weather", "False"]) == 3
    assert kinds.count(["other", "False"]) == 1


def means_by_month(frame: pd.DataFrame) -> str:
    grouped = frame.groupby([frame["date"].dt.month, "station"])["temperature_c"]
    return str(grouped.mean().unstack().round(1).to_string())


def by_month(text: str) -> list[list[str]]:
    """The rows of a table of months."""
    rows = [line for line in words(text) if line and line[0].isdigit()]
    assert [row[0] for row in rows] == ["5", "6", "7", "8"]
    return rows


# -- without a kernel ------------------------------------------------------------------------------


def celsius(frame: pd.DataFrame) -> pd.DataFrame:
    mended = frame.copy()
    hot = mended["temperature_c"] > 50
    mended.loc[hot, "temperature_c"] = ((mended["temperature_c"] - 32) * 5 / 9).round(1)
    return mended


def test_what_is_said_of_the_frame_is_true(frame: pd.DataFrame) -> None:
    missing = frame.isna().sum()
    assert table(analysis.LOOK).rows == (
        ("temperature_c", "missing", str(missing["temperature_c"])),
        ("rain_mm", "missing", str(missing["rain_mm"])),
        ("date", "text, no dates", str(len(frame))),
    )
    highest, mean = frame["temperature_c"].max(), frame["temperature_c"].mean()
    said = " ".join(analysis.LOOK.split())
    assert f"**{len(frame)} rows**" in said
    assert f"up to **{highest:.1f}**, with a mean of {mean:.1f}" in said
    assert f"{highest:.0f} degrees *Fahrenheit* are {(highest - 32) * 5 / 9:.1f} in Celsius" in said
    assert frame.groupby("date")["station"].nunique().eq(3).all()


def test_what_is_said_of_the_figure_is_true(frame: pd.DataFrame) -> None:
    hot = frame[frame["temperature_c"] > 50]
    assert hot["station"].unique().tolist() == ["harbour"]
    assert len(hot) == 10
    assert abs(hot["temperature_c"].mean() - 70) < 3
    means = celsius(frame).groupby("station")["temperature_c"].mean()
    assert means.idxmax() == "valley"
    assert means.idxmin() == "hill"


def test_the_findings_are_those_of_the_data(frame: pd.DataFrame, tmp_path: Path) -> None:
    (call,) = Lessons(tmp_path)(TurnPoint("List what was wrong with the temperatures.", 0, ()))
    assert isinstance(call, Call)
    fahrenheit, silent = call.arguments["value"]
    for found, wrong in (
        (fahrenheit, frame[frame["temperature_c"] > 50]),
        (silent, frame[frame["temperature_c"].isna() & frame["date"].between("2025-06-03",
                                                                             "2025-06-07")]),
    ):  # fmt: skip
        mine = wrong[wrong["station"] == found["station"]]["date"]
        assert (str(mine.min().date()), str(mine.max().date()), len(mine)) == (
            found["first"], found["last"], found["days"],
        )  # fmt: skip


def test_without_data_or_permission_the_lessons_say_so(tmp_path: Path) -> None:
    lessons = Lessons(tmp_path)
    kernel = "One station wrote Fahrenheit for some days."
    for scene, said in (
        (TurnPoint("What is in df?", 0, ()), "mention `@df`"),
        (TurnPoint(kernel, 1, ("The user rejected it",)), "I was told: The user rejected it"),
        (TurnPoint("List what was wrong with the temperatures", 1, ("no tool",)), "`--schema`"),
    ):
        (step,) = lessons(scene)
        assert isinstance(step, Say)
        assert said in step.text


def test_the_file_is_written_once_and_nothing_else_is_overwritten(tmp_path: Path) -> None:
    file = write_stations(tmp_path / "stations.csv")
    assert file.read_text("utf-8") == stations_csv()
    assert write_stations(file) == file
    assert all(note in stations_csv() for note in NOTES.values())
    file.write_text("mine")
    with pytest.raises(InputError, match="holds something else: give another name"):
        write_stations(file)
    assert file.read_text() == "mine"
