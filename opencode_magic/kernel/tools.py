"""The tools: the name, arguments and answer of each. Run on the main thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..context.credentials import Censor
from ..context.describing import describe
from ..context.description import cut
from ..context.notebook import Notebook
from ..context.pictures import draw, shows_secrets, words
from .queue import ToolAnswer

MOST_NAMES = 100
MOST_CELLS = 20
LINE_BYTES = 300
TEXT_BYTES = 8_000
CELL_BYTES = 2_000


@dataclass(frozen=True)
class Tool:
    """A tool as the agent sees it. One that `acts` asks the user first."""

    name: str
    help: str
    properties: Mapping[str, Any]
    required: tuple[str, ...] = ()
    acts: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}

TOOLS = (
    Tool("list_variables", "List the variables of the user's notebook, each in a line.", {}),
    Tool("describe_variable", "Describe the value of a variable of the notebook.",
         {"name": _TEXT}, ("name",)),
    Tool("read_cells", "Read cells that were run in the notebook and their values, by number.",
         {"first": _NUMBER, "last": _NUMBER}),
    Tool("look_at_figure", "Look at the figure that was drawn last.", {}),
    Tool("run_code", "Run Python in the user's live kernel; it shares their variables. Output is "
         "shown to the user too. Top-level await works.", {"code": _TEXT}, ("code",), acts=True),
    Tool("insert_cell", "Insert a code cell below the user's cell, not run.",
         {"code": _TEXT}, ("code",), acts=True),
)  # fmt: skip
READING = tuple(tool for tool in TOOLS if not tool.acts)


@dataclass(frozen=True)
class Bench:
    """What the tools work with: the notebook, and functions that run code and insert a cell.

    `insert` returns words for where the cell is.
    """

    notebook: Notebook
    run: Callable[[str], ToolAnswer]
    insert: Callable[[str], str]


def use(tool: str, arguments: Mapping[str, Any], bench: Bench) -> ToolAnswer:
    """Carry out a call. The agent is told in words what is wrong with it."""
    given = next(tool_ for tool_ in TOOLS if tool_.name == tool)
    for name in given.required:
        if not isinstance(arguments.get(name), str):
            return ToolAnswer(f"{tool} needs {name!r}, a string.", failed=True)
    match tool:
        case "list_variables":
            return _variables(bench.notebook)
        case "describe_variable":
            return _variable(arguments["name"], bench.notebook)
        case "read_cells":
            return _cells(arguments.get("first"), arguments.get("last"), bench.notebook)
        case "look_at_figure":
            return _figure(bench.notebook)
        case "insert_cell":
            return ToolAnswer(bench.insert(arguments["code"]))
        case _:
            return bench.run(arguments["code"])


def _variables(notebook: Notebook) -> ToolAnswer:
    names = notebook.variables()
    lines = [
        f"{name}: {describe(notebook.names[name], LINE_BYTES, name=name).label}"
        for name in names[:MOST_NAMES]
    ]
    if len(names) > MOST_NAMES:
        lines.append(f"... and {len(names) - MOST_NAMES} more")
    return ToolAnswer(cut("\n".join(lines), TEXT_BYTES) or "There are no variables.")


def _variable(name: str, notebook: Notebook) -> ToolAnswer:
    if not notebook.has(name):
        return ToolAnswer(f"There is no variable {name[:100]!r}.", failed=True)
    return ToolAnswer(describe(notebook.names[name], TEXT_BYTES, name=name).text)


def _cells(first: Any, last: Any, notebook: Notebook) -> ToolAnswer:
    newest = len(notebook.sources) - 1
    end = min(last, newest) if isinstance(last, int) else newest
    start = first if isinstance(first, int) else end - MOST_CELLS + 1
    start = max(1, start, end - MOST_CELLS + 1)
    found = []
    for number in range(start, end + 1):
        found.append(f"In [{number}]:\n{cut(Censor()(notebook.sources[number]), CELL_BYTES)}")
        if number in notebook.values:
            found.append(f"Out[{number}]: {describe(notebook.values[number], CELL_BYTES).text}")
    return ToolAnswer(cut("\n".join(found), 4 * TEXT_BYTES) or "There are no such cells.")


def _figure(notebook: Notebook) -> ToolAnswer:
    figure = notebook.figure()
    if figure is None:
        return ToolAnswer("No figure has been drawn.", failed=True)
    censor = Censor()
    is_secret = shows_secrets(figure, censor)
    told = cut(censor(words(figure, censor)[1]), TEXT_BYTES)
    if is_secret:
        return ToolAnswer(f"It is not shown, as a secret is written in it. In words: {told}")
    picture = draw(figure)
    return (
        ToolAnswer(told, picture=picture.data, mime=picture.mime) if picture else ToolAnswer(told)
    )
