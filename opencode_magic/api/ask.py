"""One turn from Python, driven to its end; functions answer its questions. No display."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..answer.schema import MISFIT, Form, form_of
from ..client import Client
from ..errors import FormError, ModelError, NotFoundError
from ..live.driver import Driver
from ..live.headless import HeadlessSurface, OnPermission, OnQuestion, unpainted
from ..model.agents import Agent
from ..model.messages import Failure
from ..model.prompt import Prompt
from ..model.sessions import Session
from ..policy import rules
from ..policy.grants import Policy
from ..protocol.likes import SessionLike
from ..text.visible import one_line
from ..turns.checks import UsableModel, check_agent, check_model, check_prompt
from ..turns.destination import refuse_unchosen
from ..turns.history import aside
from ..turns.run import TurnRun
from ..turns.turn import Turn

STEP_S = 0.5
FORM_STEP_S = 0.05  # the reply that ends such a turn is no event


@dataclass(frozen=True)
class How:
    """How turns are asked for from Python; see `OpenCode.ask`."""

    agent: Agent
    model: UsableModel
    variant: str = ""
    form: Form | None = None
    on_permission: OnPermission | None = None
    on_question: OnQuestion | None = None
    timeout_s: float | None = None
    shell: bool = True
    """Whether the agent gets a shell."""
    bounds: rules.Bounds = field(default_factory=dict)

    @property
    def rules(self) -> Sequence[Mapping[str, str]]:
        """The rules of a session that is made for it, which asks where somebody answers."""
        if self.on_permission is None:
            return ()
        return rules.session_rules(self.agent, allow_task=False, allow_shell=self.shell)


def agree(
    client: Client,
    *,
    session: SessionLike = "",
    schema: Any = None,
    model: str = "",
    agent: str = "",
    variant: str = "",
    on_permission: OnPermission | None = None,
    on_question: OnQuestion | None = None,
    accept_shell: bool = False,
    timeout_s: float | None = None,
) -> How:
    """Check what `ask` was given before anything is sent, and return how it will be sent.

    `OpenCode.ask` explains the parameters.
    """
    form = None if schema is None else form_of(schema)
    if not client.version:
        client.probe()
    client.check_directory()
    agents = client.agents()
    chosen = check_agent(client, agents, agent)
    usable = UsableModel("")
    if model or not session:
        last = [str(chosen.model)] if chosen.model else []
        usable = check_model(client, model, variant, otherwise=last)
        if not model:
            refuse_unchosen(client, usable.name, f'model="{usable.name}"', chosen.model)
    return How(
        chosen,
        usable,
        variant,
        form,
        on_permission,
        on_question,
        timeout_s,
        accept_shell or client.guarded,
        rules.shell_bounds(agents),
    )


def ask(client: Client, prompt: str, *, session: SessionLike = "", **options: Any) -> Any:
    """Carry out a turn for `OpenCode.ask`, which explains the parameters."""
    check_prompt(prompt)
    how = agree(client, session=session, **options)
    known = client.session.get(session) if isinstance(session, str) and session else session
    parent = known if isinstance(known, Session) else None
    if how.form is not None:
        return ask_aside(client, prompt, how, parent)
    return follow(client, prompt, how, parent or _new_session(client, prompt, how))


def ask_aside(
    client: Client,
    prompt: str,
    how: How,
    parent: Session | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Any:
    """Send a prompt in a session of its own, which is deleted; return its value, or the turn.

    Parameters
    ----------
    parent:
        the session it is a copy of; None for an empty one.
    stopped:
        returns whether it must end before it is done.

    Raises
    ------
    FormError
        there was no value of the form.
    """
    made = aside(client, parent) if parent else _new_session(client, prompt, how)
    try:
        turn = follow(client, prompt, how, made, stopped, fresh=parent is None)
    finally:
        with suppress(NotFoundError):  # deleted by somebody else: as it should be
            client.session.delete(made)
    if how.form is None:
        return turn
    if turn.state != "completed":
        raise FormError(
            f"the turn was {turn.state} before there was a value of the form {how.form.name}",
            reply=turn,
        )
    return turn.value


def follow(
    client: Client,
    prompt: str,
    how: How,
    session: Session,
    stopped: Callable[[], bool] = lambda: False,
    *,
    fresh: bool = False,
) -> Turn:
    """Follow one turn to its end and return it; raise ModelError or FormError where it failed.

    Parameters
    ----------
    stopped:
        returns whether it must end before it is done.
    fresh:
        whether the session was made for this turn.
    """
    name = how.model.name
    sent = Prompt(prompt, "text", name, how.agent.name, how.variant, how.model.window, how.form)
    surface = HeadlessSurface(
        how.on_permission, how.on_question, stopped=stopped, timeout_s=how.timeout_s
    )
    step_s = FORM_STEP_S if how.form else STEP_S
    with TurnRun(client, session, sent, fresh=fresh) as run:
        turn = Driver(run, surface, unpainted, Policy(), bounds=how.bounds, step_s=step_s).follow()
    if turn.state == "failed" and turn.failure is not None:
        if how.form is not None and turn.failure.name == MISFIT:
            raise no_value(how.form.name, turn, turn.failure)
        said = turn.failure.data.message
        raise ModelError(": ".join(filter(None, (turn.failure.name, said))), reply=turn)
    return turn


def no_value(form: str, turn: Turn, failure: Failure) -> FormError:
    """Return the error for a turn that ended without the value it was asked for."""
    said = failure.data.message or failure.name
    return FormError(f"no value of the form {form} came: {said}", raw=turn.structured, reply=turn)


def _new_session(client: Client, prompt: str, how: How) -> Session:
    return client.session.create(title=one_line(prompt, chars=60), permission=how.rules)
