"""One turn from Python: driven to its end, its questions answered by functions. No display."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from .checks import check_agent, check_model, check_prompt
from .client import OpenCode
from .client.forms import SessionLike
from .conversation import TurnRun
from .errors import ModelError
from .render.visible import one_line
from .sending import Prompt
from .server import rules
from .transcript import Ask, Turn
from .wire import PermissionRequest, QuestionRequest, Session

OnPermission = Callable[[PermissionRequest], str]
OnQuestion = Callable[[QuestionRequest], "Sequence[Sequence[str]] | None"]

STEP_S = 0.5
TITLE_CHARS = 60
NOBODY = "Nobody is there to answer. Go on without it, or say what you would need it for."


def ask(
    client: OpenCode,
    prompt: str,
    *,
    session: SessionLike = "",
    model: str = "",
    agent: str = "",
    variant: str = "",
    on_permission: OnPermission | None = None,
    on_question: OnQuestion | None = None,
    timeout_s: float | None = None,
) -> Turn:
    """See `OpenCode.ask`."""
    check_prompt(prompt)
    if not client.version:
        client.probe()
    chosen = check_agent(client, client.agents(), agent)
    sent = Prompt(prompt, "text", model, chosen.name, variant)
    if model or not session:
        last = [str(chosen.model)] if chosen.model else []
        usable = check_model(client, model, variant, otherwise=last)
        sent = replace(sent, model=usable.name, window=usable.window)
    if not session:
        asking = rules.session_rules(chosen, allow_task=False) if on_permission else ()
        title = one_line(prompt, chars=TITLE_CHARS)
        session = client.session.create(title=title, permission=asking)
    elif not isinstance(session, Session):
        session = client.session.get(session)
    until = None if timeout_s is None else time.monotonic() + timeout_s
    with TurnRun(client, session, sent) as run:
        seen: set[str] = set()
        while not run.done:
            frame = run.step(STEP_S)
            for request in frame.asks:
                if request.id not in seen:
                    seen.add(request.id)
                    _answer(run, request, on_permission, on_question)
            if until is not None and time.monotonic() > until:
                until = None
                run.abort()
        turn = run.settle()
    if turn.state == "failed" and turn.failure is not None:
        said = turn.failure.data.message
        raise ModelError(": ".join(filter(None, (turn.failure.name, said))), reply=turn)
    return turn


def _answer(
    run: TurnRun, request: Ask, on_permission: OnPermission | None, on_question: OnQuestion | None
) -> None:
    if isinstance(request, QuestionRequest):
        answers = on_question(request) if on_question else None
        if answers is None:
            run.answer(request, "reject")
        else:
            run.answer(request, "answer", answers=answers)
        return
    reply = on_permission(request) if on_permission else NOBODY
    if reply in ("once", "reject"):
        run.answer(request, reply)
    else:
        run.answer(request, "reject", message=reply)
