"""The lessons that the scripted model plays in the demo: real tool calls for known prompts.

Here are the lessons of the quickstart; those of the data notebook are in `analysis`.

A lesson is a function from the scene to the next step. It looks at what its tools answered, so a
command that was not allowed, or a bug that is fixed already, gets the answer it deserves.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from . import analysis
from .cues import TurnPoint
from .project import BUG, FIX
from .script import Call, Step
from .voice import Voice

TEST_COMMAND = f"{'python' if sys.platform == 'win32' else 'python3'} -m unittest"
DELETE_COMMAND = "rm scratch.tmp"

EXPLANATION = """\
`stats.py` holds two small functions about the readings of a weather station:

- **`read_temperatures(path)`** reads a CSV file and gives its `temperature` column as a list of
  numbers. Where a reading is missing it puts `None`, so the days stay in their places.
- **`mean(values)`** leaves the missing readings out and takes the mean of the rest.

```python
values = read_temperatures("readings.csv")   # [11.5, None, 14.0, ...]
mean(values)
```

One thing looks wrong: `mean` adds up only the readings that are there, but divides by the number
of *all* days. With two of six days missing the result is a third too small.
"""

UNKNOWN = """\
I am a **scripted model**: I cannot think, I only play the lessons of this demo. These I know:

{known}

The prompts of `data_project.ipynb` I know, too.

Everything else is real: the OpenCode server, the tools, the questions and the files. With a model
of your own (`opencode auth login` in a terminal) the same cells answer anything.
"""


@dataclass(frozen=True)
class Lessons(Voice):
    """The lessons for a project."""

    def __call__(self, scene: TurnPoint) -> Step:
        lesson = next((play for known, play in _LESSONS.items() if known.fits(scene)), _unknown)
        return lesson(self, scene)


Lesson: TypeAlias = Callable[[Lessons, TurnPoint], Step]


@dataclass(frozen=True)
class Known:
    """A prompt that is recognised by `words`; `example` is one to tell the user, "" for none."""

    words: re.Pattern[str]
    example: str = ""

    def fits(self, scene: TurnPoint) -> bool:
        """Return whether the prompt of the scene is this one."""
        return self.words.search(scene.prompt.lower()) is not None


def _explain(lessons: Lessons, scene: TurnPoint) -> Step:
    if scene.index == 0:
        return [
            lessons.think("The user wants to know what a module does. I should read it first."),
            lessons.say("I read the file first."),
            lessons.read("stats.py"),
        ]
    return [lessons.say(EXPLANATION)]


def _fix(lessons: Lessons, scene: TurnPoint) -> Step:
    last = scene.results[-1] if scene.results else ""
    if _refused(last):
        return [lessons.say("You said no, so I stop here. " + _done_so_far(scene))]
    match scene.index:
        case 0:
            return [
                lessons.think("First I want to see the failure with my own eyes."),
                lessons.say("I run the tests."),
                lessons.run(TEST_COMMAND, "Run the tests"),
            ]
        case 1 if "FAILED" not in last:
            return [lessons.say("The tests pass already: there is nothing to fix.")]
        case 1:
            return [
                lessons.say("`mean([10.0, None, 20.0])` is too small. I look at the function."),
                lessons.read("stats.py"),
            ]
        case 2:
            return [
                lessons.think("It divides by len(values), which counts the missing readings too."),
                lessons.say("`mean` sums the readings that are there but divides by all of them."),
                _edit(lessons),
            ]
        case 3:
            return [
                lessons.say("Now the tests again."),
                lessons.run(TEST_COMMAND, "Run the tests again"),
            ]
        case _ if "FAILED" in last:
            return [lessons.say("The tests still fail, and that is all this lesson can do.")]
        case _:
            return [lessons.say("Fixed: `mean` divides by `len(present)`, and all tests pass.")]


def _edit(lessons: Lessons) -> Call:
    return Call(
        "edit",
        {"filePath": str(lessons.project / "stats.py"), "oldString": BUG, "newString": FIX},
    )


def _done_so_far(scene: TurnPoint) -> str:
    if scene.index > 3:  # the edit was the third reply
        return "The edit is made, but I could not run the tests after it."
    return "Nothing was changed."


def _delete(lessons: Lessons, scene: TurnPoint) -> Step:
    if scene.index == 0:
        return [
            lessons.say("That takes a command, and a command needs your permission."),
            lessons.run(DELETE_COMMAND, "Delete the scratch file"),
        ]
    if scene.results and _refused(scene.results[-1]):
        return [lessons.say("It was not allowed, so `scratch.tmp` stays where it is.")]
    if (lessons.project / "scratch.tmp").exists():
        return [lessons.say("The command ran, but `scratch.tmp` is still there.")]
    return [lessons.say("`scratch.tmp` is gone.")]


def _unknown(lessons: Lessons, scene: TurnPoint) -> Step:
    known = "\n".join(f"- {known.example}" for known in _LESSONS if known.example)
    return [lessons.say(UNKNOWN.format(known=known))]


def _refused(result: str) -> bool:
    """Return whether this is what opencode tells a model whose call was rejected or denied."""
    return "rejected permission" in result or "prevents you from using" in result


_LESSONS: Mapping[Known, Lesson] = {
    # Prompts with attachments come first: what is attached may hold any words.
    Known(re.compile(r"what is in @?df\b")): analysis.look,
    Known(re.compile(r"stands out in @?fig\b")): analysis.see,
    Known(re.compile(r"cell of my notebook failed.*\.dt accessor", re.DOTALL)): analysis.fix,
    Known(re.compile(r"wrote fahrenheit")): analysis.convert,
    Known(re.compile(r"list what was wrong with the temperatures")): analysis.find,
    Known(re.compile(r"note of a weather station:")): analysis.classify,
    Known(re.compile(r"explain|what .*stats\.py"), "Explain what stats.py does."): _explain,
    Known(re.compile(r"tests? fail|failing test|fix "), "The tests fail. Find out why."): _fix,
    Known(re.compile(r"(delete|remove) .*scratch"), "Delete the file scratch.tmp."): _delete,
}
