"""The data set of the data notebook: a summer of three weather stations, one of them odd.

Made by code, and the same everywhere: 369 rows with gaps, some notes in plain words, and ten days
on which a new sensor wrote Fahrenheit into a column of Celsius.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ..errors import InputError

NAME = "stations.csv"
COLUMNS = ("date", "station", "temperature_c", "rain_mm", "note")

FIRST, DAYS = date(2025, 5, 1), 123
USUAL = {"harbour": 16.0, "hill": 12.5, "valley": 17.5}
"""The mean temperature of each station at the beginning, in Celsius."""

ODD_STATION, ODD_FIRST, ODD_LAST = "harbour", date(2025, 7, 10), date(2025, 7, 19)
SILENT_STATION, SILENT_FIRST, SILENT_LAST = "valley", date(2025, 6, 3), date(2025, 6, 7)

NOTES = {
    (date(2025, 5, 14), "hill"): "Hail in the afternoon, the size of peas.",
    (date(2025, 5, 29), "harbour"): "Rain gauge full of leaves, emptied it.",
    (date(2025, 6, 8), "valley"): "Battery was dead, put in a new one.",
    (date(2025, 6, 21), "hill"): "Fog all day, could not see the mast.",
    (date(2025, 7, 10), "harbour"): "New sensor mounted, the old one was rusty.",
    (date(2025, 7, 20), "harbour"): "Changed the unit setting of the sensor.",
    (date(2025, 8, 2), "valley"): "Thunderstorm, wind took the fence.",
    (date(2025, 8, 19), "hill"): "A bird nests on the mast, leave it alone.",
}


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the rows as they are written: every day, each station."""
    chance = random.Random(2025)  # noqa: S311  # the same weather for everybody, no secret
    for number in range(DAYS):
        day = FIRST + timedelta(number)
        weather = 3.0 * (chance.random() + chance.random() - 1)  # the same sky over all three
        for station, usual in USUAL.items():
            season = 6.0 * math.sin(math.pi * (number + 10) / 150)
            celsius = usual + season + weather + 2.0 * (chance.random() - 0.5)
            rain = max(0.0, 24.0 * (chance.random() - 0.65))
            gap, dry = chance.random() < 0.03, chance.random() < 0.02
            silent = station == SILENT_STATION and SILENT_FIRST <= day <= SILENT_LAST
            odd = station == ODD_STATION and ODD_FIRST <= day <= ODD_LAST
            written = celsius * 9 / 5 + 32 if odd else celsius
            note = NOTES.get((day, station), "")
            is_missing = silent or (gap and not odd and not note)
            yield (
                day.isoformat(),
                station,
                "" if is_missing else f"{written:.1f}",
                "" if dry else f"{rain:.1f}",
                note,
            )


def stations_csv() -> str:
    """Return the whole file."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows())
    return file.getvalue()


def write_stations(path: str | Path = NAME) -> Path:
    """Write the data set; raise InputError, and write nothing, over any other file."""
    path, text = Path(path), stations_csv()
    if path.exists() and path.read_text("utf-8", "replace") != text:
        raise InputError(f"{path} is there already and holds something else: give another name")
    path.write_text(text, "utf-8")
    return path
