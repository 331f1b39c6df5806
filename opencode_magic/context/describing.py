"""`describe`: any value of a notebook in words for a model, bounded in bytes and in time.

    describe(df)                        # Description: .label, .text, .left_out

    @describe.register("mylib", "Thing")    # by library and class name: nothing is imported
    def thing(value, look):
        return Description(f"{value.n} things", "Thing of " + str(value.n))

A class of the user's may have a method `_opencode_(self)`, which returns the text. Nothing else of
an unknown class runs. Such code has a time limit, and its failure is a description, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from ..signals import LateError, limited
from . import arrays, code, columnar, estimators, frames, labelled, lazies  # noqa: F401  # they register themselves
from .classes import class_name, in_class, names
from .credentials import Censor
from .description import KNOWN, Description, cut, register
from .looking import Look
from .things import general

BUDGET = 4_000  # bytes
HOOK = "_opencode_"
FOREIGN_S = 2.0
"""How long a hook or a registered function may take."""
OWN_S = 20.0  # ours run no foreign code, but libraries may hang
LOOKING = "looking at it"
_EXACTLY = {"polars", "pyarrow", "xarray", "torch", "jax", "jaxlib", "dask", "duckdb", "pyspark"}
"""Libraries whose methods are called, so not for subclasses, which may have other methods."""
MOST_CHARS = 50_000
"""How much of a text is searched for credentials, before it is cut to the budget."""


class Describe:
    """Describes values; `register` adds a way for the classes of a library."""

    register = staticmethod(register)

    def __call__(
        self,
        value: object,
        budget: int = BUDGET,
        *,
        name: str = "",
        allow_secrets: Iterable[str] = (),
    ) -> Description:
        """Return a value in words.

        Parameters
        ----------
        value:
            any object; nothing of an unknown class runs, and nothing lazy is computed.
        budget:
            how many bytes the text may have, 4,000 by default.
        name:
            what the value is called: one called `API_KEY` is left out.
        allow_secrets:
            names or kinds of credentials that may be shown.
        """
        censor = Censor.allowing(allow_secrets)
        look = Look(censor)
        found = self._described(value, look, name)
        # What describers write is censored once more as a whole: sources, hooks, file names.
        text = cut(censor(found.text), budget)
        label = censor(found.label)
        return replace(found, text=text, label=" ".join(label.split())[:120],
                       left_out=tuple(censor.found))  # fmt: skip

    def _described(self, value: object, look: Look, name: str) -> Description:
        if name and look.censor.hides(name) and (masked := _masked(value, look, name)):
            return masked
        if in_class(value, HOOK) is not None:
            found = _given(value, HOOK, FOREIGN_S, lambda: getattr(value, HOOK)())
            return found or _without(value, f"{HOOK} returned no text but None")
        library = next(names(value))[0]
        for key in names(value):
            if (describer := KNOWN.get(key)) is None:
                continue
            ours = (describer.__module__ or "").startswith(__name__.partition(".")[0] + ".")
            if ours and key[0] in _EXACTLY and key[0] != library:
                continue
            what = LOOKING if ours else "the registered description"
            limit_s = OWN_S if ours else FOREIGN_S
            if found := _given(value, what, limit_s, partial(describer, value, look)):
                return found
        found = _given(value, LOOKING, OWN_S, partial(general, value, look))
        return found or _without(value, "nothing is known of it")


describe = Describe()


def _given(value: object, what: str, limit_s: float, call: Callable[[], Any]) -> Description | None:
    """Return what foreign code says of a value, or how it failed: that must not end the prompt."""
    try:
        with limited(limit_s), _no_warnings(ours=limit_s == OWN_S):
            said = call()
    except LateError:
        return _without(value, f"{what} did not end within {limit_s:g} s")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # `SystemExit` too
        return _without(value, f"{what} failed: {_words_of(error)}")
    if said is None:
        return None
    found = Description(said, class_name(value)) if type(said) is str else said
    if type(found) is not Description or {type(found.text), type(found.label)} != {str}:
        return _without(value, f"{what} returned no text but a value of class {class_name(said)}")
    size = len(found.text)
    if size <= MOST_CHARS:
        return found
    note = f"{size:,} characters, of which the beginning is sent"
    return replace(found, text=found.text[:MOST_CHARS], label=f"{found.label[:60]}, {note}")


@contextmanager
def _no_warnings(*, ours: bool) -> Iterator[None]:
    """Show no warnings of libraries that come from our looking at a value."""
    if not ours:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _without(value: object, why: str) -> Description:
    line = f"{class_name(value)} (no description: {why})"
    return Description(line, line)


def _words_of(error: BaseException) -> str:
    """Return an exception in one line, without running its `__str__`."""
    said = error.args[0] if error.args and type(error.args[0]) is str else ""
    return ": ".join(filter(None, (class_name(error), said[:80])))


def _masked(value: object, look: Look, name: str) -> Description | None:
    before = len(look.censor.found)
    shown = look.brief(value, name)
    if len(look.censor.found) == before:
        return None
    return Description(f"{class_name(value)}: {shown}", class_name(value))
