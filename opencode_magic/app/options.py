"""The options of `%opencode` and `%%opencode`: declared once, parsed and explained from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..kernel.offering import KERNEL_MODES, KernelMode
from ..policy.grants import MODES, Mode
from ..text.grammar import END, Grammar, Option
from .assigning import assignable

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


_GRAMMAR = Grammar(
    OPTIONS,
    empty=True,
    hint=f"there is {', '.join(o.flags[-1] for o in OPTIONS)} "
    f"(before text that begins with a dash write {END})",
)


def parse(line: str) -> tuple[Options, str]:
    """Return the options at the start of `line`, and the rest of it as written."""
    words, values = _GRAMMAR.read(line)
    for option in OPTIONS:
        value = values.get(option.name)
        if option.choices and value is not None and value not in option.choices:
            choices = ", ".join(option.choices)
            raise InputError(f"{option.flags[-1]} {value}: choose one of {choices}")
    if "out" in values:
        values["out"] = assignable(str(values["out"]))
    return Options(**values), "".join(words)  # type: ignore[arg-type]  # the names are OPTIONS'


def explain(options: Sequence[Option] = OPTIONS) -> str:
    """Return the options as aligned lines."""
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
