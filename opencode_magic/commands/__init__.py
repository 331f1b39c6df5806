"""The slash commands: a function's signature is its parser, its docstring the help.

    @command
    def use(app: App, session: str) -> Listing:
        '''Continue another session: an id, the beginning of one, or a title.'''

A positional parameter takes a word, the last one the rest of the line; a keyword-only parameter is
an option, a switch if it is a bool.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..checks import near
from ..errors import InputError

if TYPE_CHECKING:
    from ..app import App

SUBJECTS = ("session", "undo", "files", "server", "rules", "helping")
"""The modules of this package, in the order `/help` lists them."""


@dataclass(frozen=True)
class Command:
    """A slash command of ours."""

    name: str
    function: Callable[..., Any]
    subject: str

    @property
    def summary(self) -> str:
        """The first line of its help."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """What it takes after the application itself."""
        return list(inspect.signature(self.function).parameters.values())[1:]

    @property
    def usage(self) -> str:
        """How it is written, from its signature."""
        return " ".join([f"/{self.name}", *map(_usage_of, self.parameters)])

    def help(self) -> str:
        """Usage and description."""
        return f"{self.usage}\n\n{inspect.getdoc(self.function) or ''}"

    def run(self, app: App, text: str) -> Any:
        """Parse `text` by the signature and call the function."""
        words, options = self._parse(text)
        return self.function(app, *words, **options)

    def _parse(self, text: str) -> tuple[list[str], dict[str, Any]]:
        named = {f"--{p.name.replace('_', '-')}": p for p in self.parameters if p.kind is _KEYWORD}
        places = [p for p in self.parameters if p.kind is not _KEYWORD]
        options: dict[str, Any] = {}
        words: list[str] = []
        rest = text.strip()
        while rest:
            word, _, after = rest.partition(" ")
            if word.startswith("--"):
                rest = self._take_option(word, after.strip(), named, options)
            elif len(words) < len(places) - 1:
                words.append(word)
                rest = after.strip()
            else:
                spoken, found = self._split_tail(rest, named)
                options.update(found)
                words.append(spoken)
                rest = ""
        if len(words) > len(places):
            raise InputError(f"{words[-1]!r} is too much; usage: {self.usage}")
        needed = [p.name for p in places if p.default is inspect.Parameter.empty]
        if len(words) < len(needed):
            raise InputError(f"/{self.name} needs {needed[len(words)]}; usage: {self.usage}")
        return words, options

    def _take_option(
        self, word: str, after: str, named: dict[str, inspect.Parameter], options: dict[str, Any]
    ) -> str:
        flag, has_value, value = word.partition("=")
        parameter = named.get(flag)
        if parameter is None:
            raise InputError(f"/{self.name} has no option {flag}; usage: {self.usage}")
        if _is_switch(parameter):
            options[parameter.name] = True
            return after
        if not has_value:
            value, _, after = after.partition(" ")
        if not value:
            raise InputError(f"{flag} needs a value; usage: {self.usage}")
        options[parameter.name] = value
        return after.strip()

    def _split_tail(
        self, rest: str, named: dict[str, inspect.Parameter]
    ) -> tuple[str, dict[str, Any]]:
        """The last words, without switches written behind them."""
        found: dict[str, Any] = {}
        while match := re.search(r"(?:^|\s)(--[\w-]+)$", rest):
            parameter = named.get(match[1])
            if parameter is None or not _is_switch(parameter):
                raise InputError(f"/{self.name} has no option {match[1]}; usage: {self.usage}")
            found[parameter.name] = True
            rest = rest[: match.start()].rstrip()
        return rest, found


_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_registry: dict[str, Command] = {}


def command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a slash command of its own name (a final underscore is dropped)."""
    name = function.__name__.rstrip("_").replace("_", "-")
    subject = function.__module__.rpartition(".")[2]
    _registry[name] = Command(name, function, subject)
    return function


def commands() -> dict[str, Command]:
    """All commands by name; the modules are imported at the first call."""
    for subject in SUBJECTS:
        import_module(f"{__name__}.{subject}")
    return _registry


def suggest(name: str) -> str:
    """The nearest command names, in words."""
    return near(name, [f"/{known}" for known in commands()])


def _is_switch(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.default, bool)


def _usage_of(parameter: inspect.Parameter) -> str:
    if parameter.kind is _KEYWORD:
        flag = f"--{parameter.name.replace('_', '-')}"
        return f"[{flag}]" if _is_switch(parameter) else f"[{flag} {parameter.name.upper()}]"
    required = parameter.default is inspect.Parameter.empty
    return parameter.name.upper() if required else f"[{parameter.name.upper()}]"
