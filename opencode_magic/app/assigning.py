"""Check that a value may be assigned to a name of the notebook: not to IPython's or Python's."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from ..errors import InputError

_OF_IPYTHON = {"In", "Out", "get_ipython", "display", "exit", "quit", "_", "__", "___",
               "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "_sh", "_exit_code"}  # fmt: skip
_NUMBERED = re.compile(r"_i?\d+")  # `_3` and `_i3`, the values and sources of cells
_OURS = "_oc"


def assignable(name: str) -> str:
    """Return the name as Python reads it; raise InputError where it must not be assigned to.

    Python reads letters of other widths and forms as the plain ones.
    """
    read = unicodedata.normalize("NFKC", name)
    if why := _why_not(read):
        raise InputError(f"-o {name}: {why}; choose another name. Nothing was sent")
    return read


def _why_not(name: str) -> str:
    if not name.isidentifier():
        dotted = name.partition(".")[0].partition("[")[0].isidentifier()
        hint = " (a plain one, without dots or brackets)" if dotted else ""
        return f"not a name Python allows{hint}"
    if keyword.iskeyword(name):
        return "a word of Python's own"
    if name == _OURS:
        return "every Turn is kept there anyway"
    if name in _OF_IPYTHON or _NUMBERED.fullmatch(name):
        return "IPython's own name, which the notebook works with"
    if name.startswith("__") and name.endswith("__"):
        return "a name that Python itself reads"
    if hasattr(builtins, name):
        return "one of Python's own functions or types, which cells would then miss"
    return ""
