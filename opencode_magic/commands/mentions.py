"""Show what a prompt would send from the notebook."""

from __future__ import annotations

from typing import Any

from ..app.app import App
from ..app.options import Options
from ..app.turn import prepared
from ..errors import InputError
from ..model.prompt import Prompt
from ..render.preview_prompt import filled, preview
from ..render.shown import Shown
from ..turns.checks import check_prompt
from ..turns.history import past_turns, window_of
from . import command
from .kinds import Verbatim


@command
def context(app: App, text: Verbatim = "", *, allow_secret: str = "") -> Shown[Any]:
    """Show exactly what the prompt TEXT would send: each part, bytes, tokens, secrets left out.

    Nothing is sent. --allow-secret lets secrets of these names or kinds pass (NAME,NAME). Without
    TEXT: how full the session's context is. For a whole cell there is `%%opencode --dry-run`.
    """
    if text:
        check_prompt(text)
        sent = prepared(app, Prompt(text), Options(allow_secret=allow_secret))
        bodies = app.connect().dialect.bodies(sent.content)
        return preview(sent.content, bodies, sent.model, sent.window)
    turns = past_turns(app.connect(), app.sessions.known())
    used = next((turn for turn in reversed(turns) if turn.context), None)
    if used is None:
        raise InputError("no answer in this session tells how full its context is yet")
    return filled(used.context, window_of(app.connect(), used.model), used.model)
