"""A failure in words for a model: the chain of exceptions, the failing lines and their values."""

from __future__ import annotations

import linecache
import re
import sys
from collections import ChainMap
from collections.abc import Iterator
from itertools import islice
from traceback import walk_tb
from types import FrameType
from typing import Any

from .classes import class_name, classes, held_by, isinstance_safe, module_of_class
from .credentials import Censor
from .description import Description, cut
from .looking import Look

BUDGET = 16_000
MOST_FRAMES = 8
MOST_WALKED = 2_000  # frames of an endless recursion
AROUND = 2  # lines before and after a failing one
MOST_VALUES = 12
MOST_CHAIN = 6
TOLD_BY = {"pandas", "numpy", "pydantic_core", "pydantic", "polars", "pyarrow", "sklearn", "duckdb",
           "sqlalchemy", "requests", "httpx", "matplotlib", "IPython", "json", "torch", "xarray",
           "opencode_magic"}  # fmt: skip
"""Libraries whose exceptions may say in their own words what happened."""
_NAME = re.compile(r"[^\W\d]\w*")


def failure(
    error: BaseException,
    *,
    source: str = "",
    cell: int | None = None,
    budget: int = BUDGET,
    censor: Censor | None = None,
) -> Description:
    """Return an exception in words: its chain, the failing lines with their values, its cell.

    Parameters
    ----------
    error:
        the exception, with its traceback.
    source:
        the source of the cell that raised it.
    cell:
        that cell's number, as in `In[3]`.
    budget:
        how many bytes the text may have.
    censor:
        takes credentials out; a new one by default.
    """
    censor = Censor() if censor is None else censor
    look = Look(censor, string_chars=120)
    chain = list(_chain(error))
    lines: list[str] = []
    for n, (each, how) in enumerate(chain):
        if n:
            lines.append(f"\n{how}\n")
        lines += _one(each, look)
    if source:
        where = f"cell In[{cell}]" if cell is not None else "the cell"
        lines += ["", f"The source of {where} that raised it:", source.rstrip("\n")]
    text = cut(censor("\n".join(lines)), budget)
    label = _told(error, look)
    return Description(text, " ".join(label.split())[:120], tuple(censor.found))


def _chain(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    """Yield the exception, then what it came from, each with the words between them."""
    seen: set[int] = set()
    current: BaseException | None = error
    how = ""
    while current is not None and id(current) not in seen and len(seen) < MOST_CHAIN:
        seen.add(id(current))
        yield current, how
        cause = _own("__cause__", current)
        hidden = _own("__suppress_context__", current)
        context = _own("__context__", current)
        how = "It was caused by:" if cause is not None else "It happened while handling:"
        current = cause if cause is not None else None if hidden else context


def _one(error: BaseException, look: Look) -> list[str]:
    lines = [_told(error, look)]
    walked = islice(walk_tb(_own("__traceback__", error)), MOST_WALKED)
    frames = [(frame, line) for frame, line in walked if not _is_ours(frame)]
    left_out = len(frames) - MOST_FRAMES
    if left_out > 0:
        frames = [*frames[: MOST_FRAMES // 2], *frames[-(MOST_FRAMES // 2) :]]
    for n, (frame, line) in enumerate(frames):
        if left_out > 0 and n == MOST_FRAMES // 2:
            lines.append(f"  … {left_out:,} more frames …")
        lines += _frame(frame, line, look)
    return lines


def _frame(frame: FrameType, line: int, look: Look) -> list[str]:
    name = frame.f_code.co_filename
    lines = [f"  in {frame.f_code.co_name}, {_place(name)}, line {line}:"]
    own = "site-packages" not in name and "dist-packages" not in name and _STDLIB not in name
    around = AROUND if own else 0
    failing = ""
    for n in range(line - around, line + around + 1):
        source = linecache.getline(name, n, frame.f_globals).rstrip("\n")
        if n == line:
            failing = source
        if source:
            lines.append(f"  {'>' if n == line else ' '} {n:>4} | {source[:300]}")
    if own:
        lines += _values(frame, failing, look)
    return lines


def _values(frame: FrameType, line: str, look: Look) -> list[str]:
    """Return the values of the names in the failing line, one in a line."""
    scope = ChainMap(frame.f_locals, frame.f_globals)
    known = {name: scope[name] for name in _NAME.findall(line) if name in scope}
    code = ("module", "function", "builtin_function_or_method", "type")
    found = [
        f"      {name} = {look.brief(value, name, depth=2)}"
        for name, value in known.items()
        if class_name(value) not in code
    ]
    return found[:MOST_VALUES]


_STDLIB = linecache.__file__.rpartition("/")[0] + "/"


def _place(file: str) -> str:
    if "ipykernel_" in file or file.startswith("<ipython-input"):
        return "a cell"
    return file.rpartition("site-packages/")[2] if "site-packages/" in file else file


def _is_ours(frame: FrameType) -> bool:
    """Return whether a frame is one of those in which IPython runs a cell."""
    module = frame.f_globals.get("__name__")
    return type(module) is str and module.startswith("IPython.core.") and "magics" not in module


def _told(error: BaseException, look: Look) -> str:
    """Return class and message; the message in the exception's words where its class is known."""
    what = class_name(error)
    module = next((module_of_class(kind) for kind in classes(error)), "")
    if module not in ("builtins", "__main__", ""):
        what = f"{module}.{what}"
    message = _message(error, look)
    return f"{what}: {message}" if message else what


def _message(error: BaseException, look: Look) -> str:
    arguments: Any = _own("args", error)
    teller = next(kind for kind in classes(error) if "__str__" in held_by(kind))
    library = module_of_class(teller).partition(".")[0]
    known = library == "builtins" or library in TOLD_BY or library in sys.stdlib_module_names
    simple = all(type(a) in (str, int, float, bool, type(None)) for a in arguments)
    if known and library != "__main__" and (simple or library != "builtins"):
        return look.text(str(error), 2_000)
    if isinstance_safe(error, OSError | SyntaxError):
        return look.brief(arguments)
    if len(arguments) == 1 and isinstance_safe(arguments[0], str):
        return look.text(arguments[0], 2_000)
    return look.brief(arguments) if arguments else ""


def _own(name: str, error: BaseException) -> Any:
    """Return what the interpreter itself holds of an exception, whatever its class says."""
    return BaseException.__dict__[name].__get__(error)
