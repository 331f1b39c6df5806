"""Sessions ask before they act: by the guard of our own server, by rules on one of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..client import Client
from ..errors import InputError, UnguardedError
from ..model.agents import Agent, ServerCommand
from ..model.sessions import Session
from ..policy import rules
from ..protocol.directory import same_folder
from ..protocol.hosting import shell_in_command
from ..protocol.versions import major_of
from ..text.visible import visible
from .app import App
from .links import Link


def check_guard(link: Link | None, agents: Sequence[Agent]) -> None:
    """Raise UnguardedError where our own server lost its guard, e.g. by `/instance/dispose`."""
    managed = link.managed if link else None
    if link and managed and managed.guard.lost(link.client, agents):
        raise UnguardedError(
            "the server has lost its guard, so nothing is sent: `%opencode /stop` and try again"
        )


def check_subtask(link: Link | None, command: ServerCommand, agents: Sequence[Agent]) -> None:
    """Raise InputError where a command of a server of others would act in a subagent, unasked."""
    if link is None or link.managed is not None or link.lets_subagents:
        return
    helpers = {a.name for a in agents if a.mode == "subagent"}
    if command.subtask or command.agent in helpers:
        raise InputError(
            f"/{command.name} runs in a subagent, which would act unasked on this server; "
            "`/connect URL --subagents` accepts that"
        )


def check_template(app: App, client: Client, name: str) -> None:
    """Ask about the shell text that a command of a 2.x server runs, which asks nobody itself.

    Raises
    ------
    InputError
        the user does not want it, or nobody is there to ask.
    """
    if major_of(client.version) < 2:
        return
    texts = shell_in_command(client, name)
    if not texts:
        return
    shown = "; ".join(visible(text) for text in texts)
    runs = f"/{name} runs shell text before the model sees it, and opencode asks nobody: {shown}"
    if not app.person.is_there():
        raise InputError(f"{runs}; nothing was sent, as nobody is there to allow it")
    if app.person.words(f"{runs}. Run it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise InputError(f"/{name} was not sent, as its shell text may not run")


def bind_rules(app: App, session: Session, agent: Agent) -> Session:
    """Return the session with rules that ask, made from those of its agent.

    On a server of others each session is given such rules, and on our own 2.x server. On a 1.x
    server of our own only one whose own rules allow something is: they count after the guard's.
    """
    link = app.link
    if link is None:
        return session
    _check_place(link, session)
    if app.bound.get(session.id) == agent.name:
        return session
    ours = link.managed is not None
    guarded = link.managed is not None and not link.managed.guard.second_line
    if guarded and not rules.allows(session.permission or ()):
        return session
    asking = rules.session_rules(
        agent,
        allow_task=ours or link.lets_subagents,
        allow_shell=ours or link.shell,
        allow_code=major_of(link.version) < 2,
    )
    if "rules-update" in link.client.capabilities:
        bound = link.client.session.update(session, permission=asking)
    else:
        bound = _begun_again(app, link.client, session, asking)
    given = (bound.permission or [])[-len(asking) :]
    taken = [(r.permission, r.pattern, r.action) for r in given]
    if taken != [(r["permission"], r["pattern"], r["action"]) for r in asking]:
        raise UnguardedError(
            f"{link.client.base_url} did not take the rules that make a session ask; "
            "nothing is sent. A newer opencode may help"
        )
    app.bound[bound.id] = agent.name
    return bound


def _check_place(link: Link, session: Session) -> None:
    """Raise where a session of our own server was moved: another folder's rules, and code, count.

    So far only 2.x servers move sessions.
    """
    here = link.client.directory or ""
    moved = session.directory and link.managed and not same_folder(here, session.directory)
    if moved and major_of(link.version) >= 2:
        raise UnguardedError(
            f"the session was moved to {session.directory}, so nothing is sent; "
            "`--new` begins another one here"
        )


def _begun_again(
    app: App, client: Client, session: Session, asking: Sequence[Mapping[str, str]]
) -> Session:
    """Return a new session with the rules, in place of one that cannot be given rules any more."""
    begun = client.session.create(title=session.title, permission=asking)
    if client.dialect.newest(session):
        app.person.say(
            f"opencode {client.version} takes rules only for a new session: one was begun, "
            f"which asks before it acts; `/show {session.id}` shows the other"
        )
    else:
        client.session.delete(session)
    if app.session is not None and app.session.id == session.id:
        app.sessions.take(begun)
    return begun
