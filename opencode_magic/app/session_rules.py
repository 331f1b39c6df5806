"""What makes a session ask before it acts: the guard of our own server, rules on one of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..client import Client
from ..errors import InputError, UnguardedError
from ..model.agents import Agent, ServerCommand
from ..model.sessions import Session
from ..policy import rules
from ..turns.history import newest_id
from .app import App, Link


def check_guard(link: Link | None, agents: Sequence[Agent]) -> None:
    """An error where our own server has lost its guard, as it does by `/instance/dispose`."""
    managed = link.managed if link else None
    if managed and rules.violations(agents, managed.seen_denies or ()):
        raise UnguardedError(
            "the server has lost its guard, so nothing is sent: `%opencode /stop` and try again"
        )


def check_subtask(link: Link | None, command: ServerCommand, agents: Sequence[Agent]) -> None:
    """An error where a command of a server of others would act in a subagent, unasked."""
    if link is None or link.managed is not None or link.subagents:
        return
    helpers = {a.name for a in agents if a.mode == "subagent"}
    if command.subtask or command.agent in helpers:
        raise InputError(
            f"/{command.name} runs in a subagent, which would act unasked on this server; "
            "`/connect URL --subagents` accepts that"
        )


def bind_rules(app: App, session: Session, agent: Agent) -> Session:
    """The session with rules that ask, those of its agent: on a server of others every one,
    on our own one that came with rules which allow (they would count after the guard's)."""
    link = app.link
    if link is None or app.bound.get(session.id) == agent.name:
        return session
    if link.managed is not None and not rules.allows(session.permission or ()):
        return session
    ours = link.managed is not None
    asking = rules.session_rules(
        agent, allow_task=ours or link.subagents, allow_shell=ours or link.shell
    )
    if "rules-update" in link.client.capabilities:
        bound = link.client.session.update(session, permission=asking)
    else:
        bound = _begun_anew(app, link.client, session, asking)
    given = (bound.permission or [])[-len(asking) :]
    taken = [(r.permission, r.pattern, r.action) for r in given]
    if taken != [(r["permission"], r["pattern"], r["action"]) for r in asking]:
        raise UnguardedError(
            f"{link.client.base_url} did not take the rules that make a session ask; "
            "nothing is sent. A newer opencode may help"
        )
    app.bound[bound.id] = agent.name
    return bound


def _begun_anew(
    app: App, client: Client, session: Session, asking: Sequence[Mapping[str, str]]
) -> Session:
    """Another session in the place of one that cannot be given rules any more."""
    begun = client.session.create(title=session.title, permission=asking)
    if newest_id(client, session.id):
        app.say(
            f"opencode {client.version} takes rules only for a new session: one was begun, "
            f"which asks before it acts; `/show {session.id}` shows the other"
        )
    else:
        client.session.delete(session)
    if app.session is not None and app.session.id == session.id:
        app.session = begun
    return begun
