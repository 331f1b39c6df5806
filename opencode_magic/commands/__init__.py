"""The slash commands: a function's signature is its parser, its docstring the help.

    @command
    def use(app: App, session: str) -> Listing:
        '''Continue another session: an id, the beginning of one, or a title.'''

A positional parameter takes a word (or several in quotes), the last one the rest of the line; a
keyword-only parameter is an option, a switch if it is a bool, one that may be repeated if it is a
tuple. An `int` is read as a number, a `Literal` is one of its words, and a kind of name (see
`kinds`) is completed with the names there are.

The options of a command stand before its last argument or at the very end of the line; nothing
behind `--` is one, and nothing within a `Verbatim` rest. Other words of the last argument are its
own, whatever they look like.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, overload

from ..errors import InputError
from ..text.grammar import END, Grammar, Option, Value
from ..text.near import near
from .kinds import KINDS

if TYPE_CHECKING:
    from ..app.app import App

SUBJECTS = (
    "session",
    "session_upkeep",
    "turns",
    "inbox",
    "code",
    "fixing",
    "undo",
    "files",
    "cat",
    "search",
    "mentions",
    "kernel",
    "environment",
    "models",
    "login",
    "project",
    "tools",
    "server",
    "doctor",
    "serve",
    "events",
    "terminal",
    "rules",
    "helping",
)
"""The modules of this package, in the order `/help` lists them."""


@dataclass(frozen=True)
class Command:
    """A slash command of ours."""

    name: str
    function: Callable[..., Any]
    subject: str
    """The module it is defined in."""
    calls: tuple[str, ...] = ()
    """The client's methods it stands for, e.g. `session.list`."""

    @property
    def summary(self) -> str:
        """The first line of its help."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def is_turn(self) -> bool:
        """True where it may return a `Request`, which is then run and shown as a turn."""
        return "Request" in str(inspect.signature(self.function).return_annotation).split(" | ")

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """What it takes after the application itself."""
        return list(inspect.signature(self.function).parameters.values())[1:]

    @property
    def options(self) -> dict[str, inspect.Parameter]:
        """Its options, as they are written."""
        return {f"--{p.name.replace('_', '-')}": p for p in self.parameters if p.kind is KEYWORD}

    @property
    def places(self) -> list[inspect.Parameter]:
        """What it takes besides options, in order."""
        return [p for p in self.parameters if p.kind is not KEYWORD]

    @property
    def verbatim(self) -> bool:
        """True where nothing behind the beginning of its last argument is an option."""
        return bool(self.places) and str(self.places[-1].annotation) == "Verbatim"

    @property
    def usage(self) -> str:
        """How it is written, from its signature."""
        return " ".join([f"/{self.name}", *map(_usage_of, self.parameters)])

    def help(self) -> str:
        """Return usage and description."""
        return f"{self.usage}\n\n{inspect.getdoc(self.function) or ''}"

    @property
    def rule(self) -> str:
        """Where its options stand; "" where there is only one way to write it."""
        if not (self.options and self.places):
            return ""
        last = _placeholder(self.places[-1])
        where = f"before {last}" if self.verbatim else f"before {last} or at the end of the line"
        return f"Options stand {where}; `{END}` ends them. The rest of {last} is as written."

    def run(self, app: App, text: str) -> Any:
        """Parse `text` by the signature and call the function."""
        words, options = self._parse(text)
        values = [self._value(p, word) for p, word in zip(self.places, words, strict=False)]
        named = {p.name: self._value(p, options[p.name]) for p in self.parameters
                 if p.name in options}  # fmt: skip
        return self.function(app, *values, **named)

    def _value(self, parameter: inspect.Parameter, word: Any) -> Any:
        """Return a word as the value its parameter takes."""
        if not isinstance(word, str):
            return word
        name = parameter.name.replace("_", "-")
        if choices := choices_of(parameter):
            for choice in choices:
                if choice.lower() == word.lower():
                    return choice
            raise InputError(f"/{self.name}: {name} is one of {', '.join(choices)}, not {word!r}")
        if str(parameter.annotation).split(" | ")[0] == "int":
            try:
                return int(word)
            except ValueError:
                raise InputError(f"/{self.name}: {name} is a number, not {word!r}") from None
        return word

    @property
    def _grammar(self) -> Grammar:
        text = f" (text that begins so stands behind {END})" if self.places else ""
        return Grammar(
            tuple(map(_option_of, self.options, self.options.values())),
            len(self.places),
            at_end=not self.verbatim,
            owner=f"/{self.name} has ",
            hint=f"usage: {self.usage}{text}",
            usage=self.usage,
        )

    def _parse(self, text: str) -> tuple[list[str], dict[str, Value]]:
        words, options = self._grammar.read(text.strip())
        if len(words) > len(self.places):
            raise InputError(f"{words[-1]!r} is too much; usage: {self.usage}")
        needed = [p.name for p in self.places if p.default is inspect.Parameter.empty]
        if len(words) < len(needed):
            raise InputError(f"/{self.name} needs {needed[len(words)]}; usage: {self.usage}")
        return words, options


KEYWORD = inspect.Parameter.KEYWORD_ONLY
_registry: dict[str, Command] = {}


Function = Callable[..., Any]


@overload
def command(function: Function) -> Function: ...
@overload
def command(*, calls: tuple[str, ...]) -> Callable[[Function], Function]: ...
def command(function: Function | None = None, *, calls: tuple[str, ...] = ()) -> Any:
    """Make a function a slash command of its own name (a final underscore is dropped).

    `calls` are the client's methods it stands for, for the table of what can be done how.
    """

    def register(function: Function) -> Function:
        name = function.__name__.rstrip("_").replace("_", "-")
        subject = function.__module__.rpartition(".")[2]
        _registry[name] = Command(name, function, subject, calls)
        return function

    return register if function is None else register(function)


def commands() -> dict[str, Command]:
    """Return all commands by name, in the order of `SUBJECTS`; the first call imports them."""
    for subject in SUBJECTS:
        import_module(f"{__name__}.{subject}")
    return dict(sorted(_registry.items(), key=lambda item: SUBJECTS.index(item[1].subject)))


def suggest(name: str) -> str:
    """Return the nearest command names, in words."""
    return near(name, [f"/{known}" for known in commands()])


def choices_of(parameter: inspect.Parameter) -> tuple[str, ...]:
    """Return the words a parameter may take; () where it is not limited to some."""
    annotation = str(parameter.annotation)
    if not annotation.startswith("Literal["):
        return ()
    return tuple(w for w in ast.literal_eval(f"({annotation[8:-1]},)") if w)


def kind_of(parameter: inspect.Parameter) -> str:
    """Return the kind of names a parameter takes, "" for one that cannot be completed."""
    return KINDS.get(str(parameter.annotation), "")


def is_switch(parameter: inspect.Parameter) -> bool:
    """Return whether it is an option without a value."""
    return isinstance(parameter.default, bool)


def is_many(parameter: inspect.Parameter) -> bool:
    """Return whether it is an option that may be given more than once."""
    return isinstance(parameter.default, tuple)


def _option_of(flag: str, parameter: inspect.Parameter) -> Option:
    takes = "" if is_switch(parameter) else _placeholder(parameter)
    return Option((flag,), takes, many=is_many(parameter))


def _usage_of(parameter: inspect.Parameter) -> str:
    word = _placeholder(parameter)
    if parameter.kind is KEYWORD:
        flag = f"--{parameter.name.replace('_', '-')}"
        usage = f"[{flag}]" if is_switch(parameter) else f"[{flag} {word}]"
        return f"{usage}..." if is_many(parameter) else usage
    return word if parameter.default is inspect.Parameter.empty else f"[{word}]"


def _placeholder(parameter: inspect.Parameter) -> str:
    return "|".join(choices_of(parameter)) or parameter.name.upper()
