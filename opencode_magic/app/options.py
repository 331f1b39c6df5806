"""The options of `%opencode` and `%%opencode`: declared once, parsed and explained from there.

Options stand before the first other word and `--` ends them; the rest is the user's own words,
which no shell rule touches: quotes, braces and dollars survive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..kernel.offering import KERNEL_MODES, KernelMode
from ..policy.grants import MODES, Mode
from .assigning import assignable


@dataclass(frozen=True)
class Option:
    """One option: its spellings, what it takes ("" for a switch), what it does."""

    flags: tuple[str, ...]
    takes: str
    help: str
    choices: tuple[str, ...] = ()
    optional: bool = False
    """True where the value may be left out; then it must be quoted or written with `=`."""

    @property
    def name(self) -> str:
        """The attribute of `Options` it sets."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is written."""
        value = f" [{self.takes}]" if self.optional else f" {self.takes}" if self.takes else ""
        return ", ".join(self.flags) + value


OPTIONS = (
    Option(("-m", "--model"), "PROVIDER/MODEL", "the model that answers"),
    Option(("--variant",), "NAME", "the model's reasoning effort, e.g. high"),
    Option(("-a", "--agent"), "NAME", "the agent that answers, e.g. plan"),
    Option(("-s", "--session"), "ID", "send to this session (id or title) instead of the current"),
    Option(("--new",), '"TITLE"', "begin a new session first", optional=True),
    Option(("--fork",), "TURN", "go on in a copy of the session, up to =TURN", optional=True),
    Option(("-o", "--out"), "NAME", "keep the Turn under this name too (always in _oc)"),
    Option(("--schema",), "NAME", "want a value of this form, e.g. Row or list[Row]; kept with -o"),
    Option(("--permission",), "MODE", "ask, allow or deny what tools want to do", choices=MODES),
    Option(("--review",), "", "choose at the end which changes stay in the files"),
    Option(("--no-review",), "", "keep all changes without a review"),
    Option(("--allow-secret",), "NAME", "send it, though it looks like a secret (NAME,NAME)"),
    Option(("--dry-run",), "", "show what would be sent, and send nothing"),
    Option(("--kernel",), "MODE", "what tools see of this kernel", choices=KERNEL_MODES),
    Option(("--quiet",), "", "show nothing but questions; the Turn is in _oc"),
)


@dataclass(frozen=True)
class Options:
    """What was chosen for one prompt; "" or None is "as configured"."""

    model: str = ""
    variant: str = ""
    agent: str = ""
    session: str = ""
    new: str | None = None
    """The title of a new session, "" for one without; None to stay in the current."""
    fork: str | None = None
    """Up to which turn, "" for all of them; None for no fork."""
    out: str = ""
    schema: str = ""
    permission: Mode | None = None
    review: bool = False
    no_review: bool = False
    kernel: KernelMode | None = None
    quiet: bool = False
    allow_secret: str = ""
    """Names or kinds of secrets that may be attached, with commas between."""
    dry_run: bool = False


_WORD = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)""")


def parse(line: str) -> tuple[Options, str]:
    """The options at the start of `line`, and the rest of it as written."""
    by_flag = {flag: option for option in OPTIONS for flag in option.flags}
    chosen: dict[str, str | bool] = {}
    rest = line
    while True:
        rest = rest.lstrip()
        match = re.match(r"\S+", rest)
        if match is None or not _looks_like_option(match[0]):
            break
        rest = rest[match.end() :]
        if match[0] == "--":
            rest = rest.lstrip()
            break
        flag, has_value, value = match[0].partition("=")
        option = by_flag.get(flag)
        if option is None:
            raise InputError(
                f"no option {flag}; there is {', '.join(o.flags[-1] for o in OPTIONS)} "
                "(before text that begins with a dash write --)"
            )
        if has_value and value[:1] in ("'", '"'):  # a quoted value may hold spaces
            rest = value + rest
            has_value = ""
        if has_value and not option.takes:
            raise InputError(f"{flag} takes no value")
        if has_value:
            chosen[option.name] = value
        else:
            chosen[option.name], rest = _value(option, rest)
        _check(option, chosen[option.name])
        if option.name == "out":
            chosen["out"] = assignable(str(chosen["out"]))
    return Options(**chosen), rest  # type: ignore[arg-type]  # the names are those of OPTIONS


def explain(options: Sequence[Option] = OPTIONS) -> str:
    """The options as aligned lines."""
    width = max(len(o.usage) for o in options)
    return "\n".join(f"  {o.usage:<{width}}  {o.help}" for o in options)


HELP = f"""Send a prompt to a coding agent and watch it work.

    %%opencode [options]        the cell below is the prompt
    %opencode  [options] text   the same on a line

Options, before the first other word (-- ends them):

{explain()}

A prompt that begins with / is a command (`%opencode /help` lists them), one that begins with ! is
run in the agent's shell; write \\/ or \\! to send such text. The Turn is kept in _oc.
"""


def _looks_like_option(word: str) -> bool:
    # "-1 is returned" is prose.
    return word == "--" or re.match(r"--?[A-Za-z]", word) is not None


def _value(option: Option, rest: str) -> tuple[str | bool, str]:
    if not option.takes:
        return True, rest
    match = _WORD.match(rest)
    if option.optional and (match is None or match[1][0] not in "\"'"):
        return "", rest
    if match is None or _looks_like_option(match[1]):
        raise InputError(f"{option.flags[-1]} needs a value: {option.usage}")
    word = match[1]
    quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return (word[1:-1] if quoted else word), rest[match.end() :]


def _check(option: Option, value: str | bool) -> None:
    if option.choices and value not in option.choices:
        raise InputError(f"{option.flags[-1]} {value}: choose one of {', '.join(option.choices)}")
