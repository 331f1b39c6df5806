"""Code is tried on a copy of the notebook's variables, for a limited time.

What can be copied deep is; what cannot, and modules and classes, are the notebook's own, and that
is said. Files and connections are the real ones.
"""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from .errors import OpencodeError
from .limits import LateError, limited

LIMIT_S = 20.0
MOST_BYTES = 500_000_000  # of one variable
NAMED = 6
"""How many names stand in a line."""


@dataclass(frozen=True)
class Trial:
    """How it went; `shared` are the variables that were no copies."""

    state: Literal["runs", "fails", "stopped", "late", "untried"]
    why: str = ""
    shared: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How it went, in a line."""
        told = {
            "runs": "runs now",
            "fails": f"still fails: {self.why}",
            "stopped": "was stopped",
            "late": f"was stopped after {self.why}",
        }
        if self.state == "untried":
            return f"was not tried: {self.why}"
        on = "tried on a copy of your variables"
        if self.shared:
            more = f" and {len(self.shared) - NAMED} more" if len(self.shared) > NAMED else ""
            on += f" (no copies: {', '.join(self.shared[:NAMED])}{more})"
        return f"{told[self.state]}; {on}"


def try_out(
    code: str,
    namespace: Mapping[str, Any],
    hidden: Collection[str] = (),
    *,
    limit_s: float = LIMIT_S,
) -> Trial:
    """Run Python on a copy of a namespace; what it prints is not shown.

    Parameters
    ----------
    hidden:
        the names that are the shell's own.
    limit_s:
        after how many seconds it is stopped, as far as an interrupt can.
    """
    shared: list[str] = []
    try:
        with limited(limit_s):
            names = copied(namespace, hidden, shared)
            compiled = compile(code, "<the proposal>", "exec")
            with _hushed():
                exec(compiled, names)  # noqa: S102  # the user wants it tried
    except KeyboardInterrupt:
        return Trial("stopped", shared=tuple(shared))
    except LateError:
        return Trial("late", f"{limit_s:g} s", tuple(shared))
    except SystemExit as error:
        return Trial("fails", f"it exits ({error.code})", tuple(shared))
    except BaseException as error:  # whatever the code does is its result
        said = str(error) if not isinstance(error, OpencodeError) else error.message
        words = f"{type(error).__name__}: {said}".removesuffix(": ")
        return Trial("fails", " ".join(words.split())[:300], tuple(shared))
    return Trial("runs", shared=tuple(shared))


def copied(
    namespace: Mapping[str, Any], hidden: Collection[str], shared: list[str]
) -> dict[str, Any]:
    """A copy of the variables; the names of what is not copied are put into `shared`."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    memo: dict[int, Any] = {}
    for name, value in list(namespace.items()):
        if name.startswith("__") or (name in hidden and name != "get_ipython"):
            continue
        if isinstance(value, types.FunctionType) and value.__globals__ is namespace:
            names[name] = _rebound(value, names)
        elif isinstance(value, types.ModuleType | type | types.FunctionType) or name in hidden:
            names[name] = value
        else:
            names[name] = _deep(name, value, memo, shared)
    return names


def _deep(name: str, value: Any, memo: dict[int, Any], shared: list[str]) -> Any:
    try:
        if sys.getsizeof(value) > MOST_BYTES:
            shared.append(name)
            return value
        return copy.deepcopy(value, memo)
    except Exception:  # anything may come of a stranger's __deepcopy__
        shared.append(name)
        return value


def _rebound(function: types.FunctionType, names: dict[str, Any]) -> types.FunctionType:
    """A function of the notebook that sees the copies."""
    bound = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    bound.__kwdefaults__ = function.__kwdefaults__
    bound.__dict__.update(function.__dict__)
    return bound


@contextmanager
def _hushed() -> Iterator[None]:
    """Show nothing of what is printed or displayed inside."""
    if "IPython" not in sys.modules:
        yield
        return
    from IPython.utils.capture import capture_output

    with capture_output():
        yield
