"""The small data project the demo plays on: a module with a bug, and a test that shows it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ..errors import NotInstalledError

READINGS = """\
day,temperature
mon,11.5
tue,
wed,14.0
thu,13.5
fri,
sat,17.0
"""

BUG = "return sum(present) / len(values)"
FIX = "return sum(present) / len(present)"

STATS = f'''\
"""Small statistics over the readings of a weather station."""

import csv


def read_temperatures(path):
    """The temperatures of a file in order; None where a reading is missing."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return [float(row["temperature"]) if row["temperature"] else None for row in rows]


def mean(values):
    """The mean of the values that are there."""
    present = [value for value in values if value is not None]
    {BUG}
'''

TEST_STATS = """\
import unittest

import stats


class MeanTest(unittest.TestCase):
    def test_the_mean_of_all(self):
        self.assertEqual(stats.mean([10.0, 20.0]), 15.0)

    def test_missing_readings_do_not_count(self):
        self.assertEqual(stats.mean([10.0, None, 20.0]), 15.0)


if __name__ == "__main__":
    unittest.main()
"""

FILES: Mapping[str, str] = {
    "README.md": "# Weather\n\nReadings of one station, and a module that sums them up.\n",
    "readings.csv": READINGS,
    "stats.py": STATS,
    "test_stats.py": TEST_STATS,
    "scratch.tmp": "notes nobody needs\n",
    ".gitignore": "__pycache__/\n*.ipynb\n.ipynb_checkpoints/\n",
}


def lay_out(folder: Path) -> Path:
    """Write the project into a new folder, as a git repository with one commit."""
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "A weather station")
    return folder


def _git(folder: Path, *arguments: str) -> None:
    """Run git under a name of the demo's own: the user may have none, or sign every commit."""
    settings = ("user.name=demo", "user.email=demo@localhost", "commit.gpgsign=false")
    options = [part for setting in settings for part in ("-c", setting)]
    try:
        subprocess.run(
            ["git", *options, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise NotInstalledError(
            "git was not found, and the demo shows its diffs with it: install git and try again"
        ) from None
