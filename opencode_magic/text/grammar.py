"""How options and words are written in magics and commands: one splitter, one grammar.

Options come before the words, and `--` ends them. The last argument is the user's own text, which
no shell rule touches: quotes, braces and dollars survive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import InputError

END = "--"  # of the options

Value = str | bool | tuple[str, ...]

_OPTION = re.compile(r"--?[A-Za-z]|--(?!\S)")  # "-1 is returned" is prose
_LONG = re.compile(r"--[A-Za-z]|--(?!\S)")
_SPACE = re.compile(r"\s")
_QUOTED = re.compile(r""""([^"]*)"(?!\S)|'([^']*)'(?!\S)""")
_FLAG = re.compile(r"[^\s=]+")
_AT_END = re.compile(r"(?:^|\s)(?P<flag>--[\w-]+)(?:(?:=|\s+)(?P<value>[^\s-]\S*))?$")


@dataclass(frozen=True)
class Option:
    """One option: its spellings, what value it takes ("" for a switch), what it does."""

    flags: tuple[str, ...]
    takes: str
    help: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    """True where the value may be left out; a given one must be quoted or written with `=`."""
    many: bool = False
    """True where the option may be given more than once."""

    @property
    def name(self) -> str:
        """The name under which its value is found."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is written."""
        value = f" [{self.takes}]" if self.optional else f" {self.takes}" if self.takes else ""
        return ", ".join(self.flags) + value


@dataclass(frozen=True)
class Grammar:
    """What may be written: options, then arguments, of which the last is the rest of the text.

    Parameters
    ----------
    options:
        those that are known.
    arguments:
        how many there are; all but the last are one word each, or several in quotes.
    at_end:
        whether options are also taken at the very end of the last argument.
    empty:
        whether a value may be "".
    owner, hint:
        what stands before and after the name of an unknown option in its message.
    usage:
        how all of it is written; by default a message shows how the one option is.
    """

    options: tuple[Option, ...]
    arguments: int = 1
    at_end: bool = False
    empty: bool = False
    owner: str = ""
    hint: str = ""
    usage: str = ""

    def read(self, text: str) -> tuple[list[str], dict[str, Value]]:
        """Return the arguments, and the values of options by name.

        Raises `InputError` for an unknown option, or one that lacks its value.
        """
        words: list[str] = []
        values: dict[str, Value] = {}
        rest, ended = text.lstrip(), False
        while rest:
            word, after = first_word(rest)
            if not ended and self._begins_option(rest):
                ended = word == END
                rest = after if ended else self._take(rest, values)
            elif len(words) < self.arguments - 1:
                words.append(word)
                rest = after
            else:
                takes_more = self.at_end and not ended and END not in rest.split()
                words.append(self._without_end(rest, values) if takes_more else rest)
                rest = ""
        return words, values

    def _begins_option(self, text: str) -> bool:
        has_short = any(len(flag) == 2 for option in self.options for flag in option.flags)
        return (_OPTION if has_short else _LONG).match(text) is not None

    def _option(self, flag: str) -> Option | None:
        return next((option for option in self.options if flag in option.flags), None)

    def _take(self, text: str, values: dict[str, Value]) -> str:
        """Take an option off the beginning, and return what is left."""
        match = _FLAG.match(text)
        flag = match[0] if match else ""
        option, rest = self._option(flag), text[len(flag) :]
        if option is None:
            raise InputError(f"{self.owner}no option {flag}; {self.hint}")
        attached = rest.startswith("=")
        if not option.takes:
            if attached:
                raise InputError(f"{flag} takes no value")
            values[option.name] = True
            return rest.lstrip()
        rest = rest[1:] if attached else rest.lstrip()
        if option.optional:
            given = attached or _QUOTED.match(rest) is not None
        else:
            given = attached or (rest != "" and not self._begins_option(rest))
        value, rest = first_word(rest) if given else ("", rest)
        if not (value or option.optional or (given and self.empty)):
            raise self._lacking(option)
        values[option.name] = (*_several(values, option), value) if option.many else value
        return rest

    def _without_end(self, rest: str, values: dict[str, Value]) -> str:
        """Return the last argument without the options at its end, which join the others."""
        found: dict[str, Value] = {}
        while match := _AT_END.search(rest):
            option, value = self._option(match["flag"]), match["value"]
            if option is None or (value is not None and not option.takes):
                break  # words that only look like an option, or a switch in the middle of them
            if value is None and option.takes:
                raise self._lacking(option, f" (as text it stands behind {END})")
            if option.many:
                found[option.name] = (value, *_several(found, option))
            else:
                found.setdefault(option.name, True if value is None else value)
            rest = rest[: match.start()].rstrip()
        for option in self.options:
            if option.name in found:
                more = (*_several(values, option), *_several(found, option))
                values[option.name] = more if option.many else found[option.name]
        return rest

    def _lacking(self, option: Option, remark: str = "") -> InputError:
        usage = f"; usage: {self.usage}" if self.usage else f": {option.usage}"
        return InputError(f"{option.flags[-1]} needs a value{usage}{remark}")


def first_word(text: str) -> tuple[str, str]:
    """Return the first word, without the quotes around it, and what follows it."""
    if match := _QUOTED.match(text):
        return match[match.lastindex or 0], text[match.end() :].lstrip()
    word = _SPACE.split(text, maxsplit=1)[0]
    return word, text[len(word) :].lstrip()


def _several(values: Mapping[str, Value], option: Option) -> tuple[str, ...]:
    value = values.get(option.name, ())
    return value if isinstance(value, tuple) else ()
