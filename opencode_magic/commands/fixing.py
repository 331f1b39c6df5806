"""After an error: a proposal that is tried before it is put into the next cell, or words."""

from __future__ import annotations

from ..answer.notebook import Hands, hands
from ..app.app import App
from ..errors import InputError
from ..render.blocks import Code, Item, Notice
from ..render.notice import Said
from ..render.shown import Shown
from ..turns.turn import Turn
from . import command
from .request import Request

PROPOSE = (
    "Say in one or two sentences what was wrong. Then give one Python code block that can replace "
    "the whole cell. Change no files, and run nothing: the cell is tried here."
)
QUESTION = "Try it in a copy of this kernel?"  # it is a button, too
EXPLAIN = (
    "Explain to me in plain words what this error means and why it happened here. Change nothing, "
    "run nothing, and give no code to replace the cell."
)


@command
def fix(app: App, words: str = "", *, yes: bool = False) -> Request:
    """Ask for a corrected version of the cell that failed last; WORDS say what else to know.

    The proposal is tried in a copy of this kernel (for 20 s at most, Interrupt stops it), with the
    question whether it may be; --yes does not ask, and --permission allow before the command
    neither. The copy reads files, and ends where it would write one, connect, ask for input or
    start a program. Then the proposal is put into the next cell, with how that went.
    """
    here = hands("fix a cell in")
    failed = _failed(app, "fix")

    def then(turn: Turn, allowed: bool) -> None:
        app.person.show(_tried(app, here, turn, asked=not (yes or allowed)))

    prompt = "\n\n".join(filter(None, (failed, words, PROPOSE)))
    return Request("text", prompt, then=then)


@command
def explain(app: App, words: str = "") -> Request:
    """Have the error of the cell that failed last explained, nothing is changed.

    WORDS say what you want to know.
    """
    prompt = "\n\n".join(filter(None, (_failed(app, "explain"), words, EXPLAIN)))
    return Request("text", prompt, harmless=True)


def _failed(app: App, name: str) -> str:
    """Return the words that attach the failure to a prompt; InputError where there is none."""
    if app.notebook().failed() is None:
        raise InputError(f"/{name}: no cell has failed since the extension was loaded")
    return "This cell of my notebook failed: @error"


def _tried(app: App, here: Hands, turn: Turn, *, asked: bool) -> Said:
    proposals = [block for block in turn.code if block.is_python]
    if not proposals:
        return Said("the answer has no Python code that could be tried")
    proposal = proposals[-1]
    how = here.cannot_try()
    how = f"was not tried: {how}" if how else _not_tried(app, proposal) if asked else ""
    how = how or here.try_out(proposal).words
    where = here.insert([proposal], "command").words
    return Said(f"the proposal {how}. {where.capitalize()}")


def _not_tried(app: App, proposal: str) -> str:
    """Ask the user; return why the proposal was not tried, "" where it may be tried."""
    if not app.person.is_there():
        return "was not tried: nobody could be asked (`/fix --yes` tries it)"
    how = Notice(
        "This would be run now, in a copy of this kernel that can read files, and can write "
        "none, connect to nothing and start nothing."
    )
    code = Code(proposal, "python", exact=True)
    preview = Shown(proposal, (Item("how", how), Item("proposal", code)))
    return "" if app.person.confirms(preview, QUESTION) else "was not tried"
