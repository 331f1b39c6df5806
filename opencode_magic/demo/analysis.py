"""The lessons of the data notebook. What they say is true of the data set, which a test checks.

Where a lesson can look, it does: at what was attached to the prompt, and at its tools' answers.
"""

from __future__ import annotations

import re
from typing import Any

from .cues import TurnPoint
from .script import Call, Step
from .stations import ODD_FIRST, ODD_LAST, ODD_STATION, SILENT_FIRST, SILENT_LAST, SILENT_STATION
from .voice import Voice

LOOK = """\
A summer of three weather stations: **369 rows**, one for each day and station. Three things I would
look at before any analysis:

| column | what | how many |
|---|---|---:|
| `temperature_c` | missing | 16 |
| `rain_mm` | missing | 10 |
| `date` | text, no dates | 369 |

And one that worries me: `temperature_c` goes up to **76.0**, with a mean of 21.2. No summer is that
hot; but 76 degrees *Fahrenheit* are 24.4 in Celsius. A plot shows where it is:

```python
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
for station, days in df.groupby("station"):
    axes.plot(pd.to_datetime(days["date"]), days["temperature_c"], label=station)
axes.set_ylabel("temperature_c")
axes.legend()
plt.show()
```
"""

SEE = """\
- **harbour** leaps to about 70 around 10 July, stays there for ten days, and comes back. The days
  keep their ups and downs, so the sensor worked: it wrote another unit.
- **valley** has a hole in the first days of June.
- Apart from that the three move together, valley the warmest and hill the coldest.
"""

FIX = """\
`date` was read from the file as text, and only dates have `.dt`. Made into dates first:

```python
df["date"] = pd.to_datetime(df["date"])
month = df["date"].dt.month.rename("month")
df.groupby([month, "station"])["temperature_c"].mean().unstack().round(1)
```
"""

FIND = """\
hot = df[df["temperature_c"] > 50]
print(hot.groupby("station")["date"].agg(["min", "max", "count"]))
missing = df[df["temperature_c"].isna()]
for station, days in missing.groupby("station")["date"]:
    print(station, "has none on", ", ".join(pd.to_datetime(days).dt.strftime("%d %b")))
"""

CONVERT = """\
before = df.groupby("station")["temperature_c"].mean()
hot = df["temperature_c"] > 50
df.loc[hot, "temperature_c"] = ((df.loc[hot, "temperature_c"] - 32) * 5 / 9).round(1)
after = df.groupby("station")["temperature_c"].mean()
print(pd.DataFrame({"before": before, "after": after}).round(1))
"""

FORM = "StructuredOutput"
"""The server's tool for an answer with a form."""

_MEANS = re.compile(r"^(\w+) +(\d+\.\d) +(\d+\.\d)$", re.MULTILINE)


def look(lessons: Voice, scene: TurnPoint) -> Step:
    """Describe the frame that is attached."""
    if "temperature_c: float64" not in scene.prompt:
        return [lessons.say("No data came with this prompt: load it first, and mention `@df`.")]
    return [
        lessons.think("A frame is attached. Ranges first: a temperature of 76 is no Celsius."),
        lessons.say(LOOK),
    ]


def see(lessons: Voice, scene: TurnPoint) -> Step:
    """Say what the figure shows."""
    return [lessons.say(SEE)]


def fix(lessons: Voice, scene: TurnPoint) -> Step:
    """Give a cell in place of the one that failed."""
    return [lessons.say(FIX)]


def convert(lessons: Voice, scene: TurnPoint) -> Step:
    """Convert the odd days in the live kernel: look first, then change."""
    last = scene.results[-1] if scene.results else ""
    match scene.index:
        case 0:
            return [
                lessons.say("First I look which days they are."),
                Call("kernel_*_run_code", {"code": FIND}),
            ]
        case 1 if ODD_STATION in last:
            return [
                lessons.say("All of them are of one station and in one stretch. Now I convert."),
                Call("kernel_*_run_code", {"code": CONVERT}),
            ]
        case 2 if means := {name: pair for name, *pair in _MEANS.findall(last)}:
            before, after = means.get(ODD_STATION, ("?", "?"))
            return [
                lessons.say(
                    f"Done, in your `df`: the mean of {ODD_STATION} goes from {before} to "
                    f"**{after}** degrees Celsius. The other two stay as they were."
                )
            ]
        case _:
            return [lessons.say(f"I could not go on, and stop here. I was told: {last[:300]}")]


def find(lessons: Voice, scene: TurnPoint) -> Step:
    """Return the findings as rows, where a form was asked for."""
    stretches = (
        (ODD_STATION, ODD_FIRST, ODD_LAST, "Fahrenheit instead of Celsius"),
        (SILENT_STATION, SILENT_FIRST, SILENT_LAST, "no temperatures, the battery was dead"),
    )
    found = [
        {
            "station": station,
            "first": str(first),
            "last": str(last),
            "days": (last - first).days + 1,
            "what": what,
        }
        for station, first, last, what in stretches
    ]
    return _formed(lessons, scene, {"value": found})


def classify(lessons: Voice, scene: TurnPoint) -> Step:
    """Tell what a note is about, by words in it; a real model would understand them."""
    note = scene.prompt.partition("station:")[2].strip().partition("\n")[0].lower()
    if re.search(r"sensor|battery|gauge", note):
        about = "instrument"
    elif re.search(r"hail|fog|thunderstorm", note):
        about = "weather"
    else:
        about = "other"
    return _formed(lessons, scene, {"about": about, "touches_data": about == "instrument"})


def _formed(lessons: Voice, scene: TurnPoint, value: dict[str, Any]) -> Step:
    if scene.index:
        return [lessons.say("This lesson is for `--schema`: the cell shows how.")]
    return [Call(FORM, value)]
