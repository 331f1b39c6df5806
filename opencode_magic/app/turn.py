"""A turn of this notebook: who answers, in which session, with what, and on which surface."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..changes.rewind import Reviewed
from ..client import Client
from ..disk.folder import Folder
from ..errors import InputError, NotFoundError, OpencodeError
from ..files.naming import nameless, unrecorded
from ..model.agents import Agent
from ..model.sessions import Session
from ..policy.rules import shell_bounds
from ..protocol.proxies import blamed
from ..render.blocks import Header
from ..render.paths import inside
from ..signals import held
from ..traces.authorship import Authorship
from ..traces.opened import contents, warning
from ..traces.unrecorded import with_unrecorded
from ..turns.checks import UsableModel, check_agent, check_command, check_model
from ..turns.destination import free_service, refuse_unchosen
from ..turns.history import aside, with_room
from ..turns.run import TurnRun
from ..turns.sending import Prompt
from .aftermath import still_running
from .app import App
from .session_rules import bind_rules, check_guard, check_subtask
from .undone import forget

if TYPE_CHECKING:
    from ..live.surface import Surface
    from ..turns.turn import Turn
    from .options import Options

UNKNOWN_TO_UNDO = "`/undo` and `/diff` know nothing of this turn"


@dataclass(frozen=True)
class Grounds:
    """Where a review happens: `folder` is None where the files are not on this machine."""

    client: Client
    folder: Folder | None
    has_git: bool


def ask(app: App, prompt: Prompt, options: Options, surface: Surface, ours: list[str]) -> Turn:
    """One turn, shown on `surface` while it runs. `ours` are the names of our commands."""
    if prompt.kind == "follow":
        return _joined(app, options, surface)
    if prompt.form is None:
        return _asked(app, prompt, options, surface, ours, _session_for)
    if prompt.kind != "text":
        raise InputError("--schema is for a prompt, not for a command")
    client = app.connect()
    client.need("answer-form")
    if app.link is not None and app.link.managed is None:
        client.need("rules-update")  # or the session would be another one than is deleted
    with _throw_away(app, options) as session:
        note = f"asked in a copy of the session, which is deleted: {UNKNOWN_TO_UNDO}"
        turn = _asked(app, prompt, options, surface, ours, lambda *_: (session, ()))
    return replace(turn, notes=(*turn.notes, note)) if turn.diff else turn


def prepared(app: App, prompt: Prompt, options: Options) -> Prompt:
    """The prompt as `ask` would send it; nothing is sent, and no session is begun."""
    client = app.connect()
    agents = client.agents()
    agent = check_agent(client, agents, options.agent or app.settings.agent)
    session = app.find_session(options.session) if options.session else app.session
    return _addressed(app, prompt, agent, session, agents, options)


def _asked(
    app: App,
    prompt: Prompt,
    options: Options,
    surface: Surface,
    ours: list[str],
    session_for: Callable[[App, Options], tuple[Session, tuple[str, ...]]],
) -> Turn:
    from ..live.surface import Snapshot  # late: needs widgets

    began = time.monotonic()
    review = _wants_review(app, options)

    def progress(words: str) -> None:
        surface.draw(Snapshot((), Header(), words, time.monotonic() - began))

    client = app.connect(progress)
    agents = client.agents()
    check_guard(app.link, agents)
    agent = check_agent(client, agents, options.agent or app.settings.agent)
    if prompt.kind == "command":
        name = prompt.text.partition(" ")[0]
        check_subtask(app.link, check_command(client, name, ours), agents)
    _offer_kernel(app, client, options)
    session, came_from = session_for(app, options)
    chosen = _addressed(app, prompt, agent, session, agents, options)
    _tell_destination(app, chosen, agent, session, options)
    session = bind_rules(app, session, agent)
    forget(app, session)
    # Asked for now: once the turn is over, nothing may come between it and the user.
    grounds = _grounds(app)
    header = Header(chosen.model, chosen.agent, session.title)
    before = nameless(app.folder(whole=True))
    run = TurnRun(
        client,
        session,
        chosen,
        alive=app.server_lives,
        folder=grounds.folder,
        notebook=app.open_notebook,
    )
    turn = _driven(app, run, header, agents, options, surface)
    unseen = unrecorded(before, nameless(app.folder(whole=True)))
    failed = turn.failure.data.message if turn.failure else ""
    proxy = blamed(failed) if app.is_ours else ""
    turn = replace(turn, notes=(*came_from, *turn.notes, *filter(None, (unseen, proxy))))
    if grounds.has_git:
        turn = with_unrecorded(turn, grounds.folder)
    if prompt.kind == "compact":
        return with_room(turn)
    if not review:
        return turn
    return _reviewed(app, turn, chosen, surface, header, grounds)


def _tell_destination(
    app: App, prompt: Prompt, agent: Agent, session: Session, options: Options
) -> None:
    """Say, once, where a prompt goes that nobody chose a model for; headless it does not go."""
    if options.model or app.settings.model or not prompt.model:
        return
    client = app.connect()
    if app.confirm is None:
        how = f"-m {prompt.model}, or `%config OpencodeMagics.model = '{prompt.model}'`"
        refuse_unchosen(client, prompt.model, how, agent.model, session.model)
    if where := free_service(client, prompt.model):
        app.say_once(f"{where}. `-m` chooses another model, `/auth` logs in")


def _of_open_notebook(app: App, turn: Turn, before: bytes | None) -> tuple[str, ...]:
    """What to know where the agent has written into the notebook that is open here."""
    here = app.open_notebook
    authorship = Authorship(turn.transcript, here)
    name = inside(here, str(app.place.directory))
    words = warning(name, before, contents(here), authorship, turn.prompt)
    return (words,) if words else ()


def _addressed(
    app: App,
    prompt: Prompt,
    agent: Agent,
    session: Session | None,
    agents: Sequence[Agent],
    options: Options,
) -> Prompt:
    """The prompt with who shall answer it, and what it mentions."""
    variant = options.variant or app.settings.variant
    chosen = replace(prompt, agent=agent.name, variant=variant)
    if prompt.kind == "shell":  # a command of the user's needs no model
        return chosen
    wanted = options.model or app.settings.model
    last = [str(m) for m in (agent.model, session and session.model) if m]
    model = check_model(app.connect(), wanted, variant, otherwise=last)
    chosen = replace(chosen, model=model.name, window=model.window)
    return _with_mentions(app, chosen, model, agents, options)


def _with_mentions(
    app: App, prompt: Prompt, model: UsableModel, agents: Sequence[Agent], options: Options
) -> Prompt:
    """The prompt with what its `@names` name; commands and shell lines stay as written."""
    if prompt.kind != "text" or "@" not in prompt.text:
        return prompt
    from ..context.attach import (
        Mentionable as Mentionable,
    )  # late: only where something is mentioned
    from ..context.attach import attach

    helpers = [a.name for a in agents if a.is_helper]
    allowed = tuple(filter(None, map(str.strip, options.allow_secret.split(","))))
    reach = Mentionable(
        app.notebook(), app.folder(whole=True), helpers, model.images, model.name, allowed
    )
    found = attach(prompt.text, reach)
    return replace(prompt, text=found.text, parts=found.parts, metadata=found.metadata)


def _offer_kernel(app: App, client: Client, options: Options) -> None:
    try:
        app.offering.offer(client, options.kernel, ours=app.is_ours)
    except OpencodeError as error:
        if options.kernel or app.offering.chosen:
            raise
        app.say_once(f"the agent cannot look into this kernel: {error.message}")
    finally:
        app.keep_secrets(app.offering.redact)


def _joined(app: App, options: Options, surface: Surface) -> Turn:
    """The turn the session runs already: another client's, or one of an earlier kernel."""
    client, session = app.connect(), app.known_session()
    newest = client.session.messages(session, limit=1)
    by = (newest[0].info.model_name, newest[0].info.agent) if newest else ("", "")
    grounds = _grounds(app)
    run = TurnRun(
        client,
        session,
        Prompt("", "follow"),
        alive=app.server_lives,
        folder=grounds.folder,
        notebook=app.open_notebook,
    )
    turn = _driven(app, run, Header(*by, session.title), client.agents(), options, surface)
    return with_unrecorded(turn, grounds.folder) if grounds.has_git else turn


def _driven(
    app: App,
    run: TurnRun,
    header: Header,
    agents: Sequence[Agent],
    options: Options,
    surface: Surface,
) -> Turn:
    from ..live.driver import Driver  # late: needs widgets

    policy = replace(app.policy, mode=options.permission or app.settings.permission)
    kernel = app.offering.living
    found = contents(app.open_notebook)
    with run, kernel.turn() if kernel else nullcontext():
        driver = Driver(
            run,
            surface,
            policy,
            header,
            answer_timeout_s=app.settings.answer_timeout_s,
            kernel=kernel,
            notebook=app.open_notebook,
            ours=app.is_ours,
            bounds=shell_bounds(agents),
        )
        turn = driver.go()
        app.policy = replace(driver.policy, mode=app.policy.mode)
        of_kernel = kernel.notes if kernel is not None else ()
    more = (*of_kernel, *_of_open_notebook(app, turn, found), *still_running(app.link, turn))
    return replace(turn, notes=(*turn.notes, *more))


def _reviewed(
    app: App, turn: Turn, prompt: Prompt, surface: Surface, header: Header, grounds: Grounds
) -> Turn:
    from ..live.reviewing import review_turn

    def tell(text: str) -> None:
        # Marked as nobody's own words, so that no history takes it for a prompt; and with the
        # turn's model, or the next one would go on with the server's own default.
        grounds.client.session.prompt(
            turn.session,
            {"type": "text", "text": text, "synthetic": True},
            model=turn.model or prompt.model,
            agent=prompt.agent,
            variant=prompt.variant,
            no_reply=True,
            timeout_s=grounds.client.timeout_s,
        )

    turn = review_turn(
        turn,
        surface,
        header,
        grounds.folder,
        tell,
        has_git=grounds.has_git,
        timeout_s=app.settings.answer_timeout_s,
    )
    if turn.review is not None and grounds.folder is not None:
        taken = frozenset(each.file for each in turn.review.taken)
        if taken:
            app.reviewed.setdefault(turn.session, {})[turn.prompt_id] = Reviewed(taken, turn.diff)
    return turn


def _grounds(app: App) -> Grounds:
    client = app.connect()
    project = client.project.current()
    return Grounds(client, app.folder_under(project.worktree), project.vcs == "git")


def _wants_review(app: App, options: Options) -> bool:
    if options.review and options.no_review:
        raise InputError("--review and --no-review exclude each other")
    return options.review or (app.settings.review and not options.no_review)


def _session_for(app: App, options: Options) -> tuple[Session, tuple[str, ...]]:
    """The session to send to, and what the reader should know of where it came from."""
    if options.new is not None and (options.session or options.fork is not None):
        raise InputError("--new excludes --session and --fork")
    named = app.find_session(options.session) if options.session else None
    if options.fork is not None:
        fork, came_from = app.fork_session(options.fork, of=named)
        return fork, (came_from,)
    if options.new is not None:
        return app.new_session(options.new), ()
    return named or app.current_session(), ()


@contextmanager
def _throw_away(app: App, options: Options) -> Iterator[Session]:
    """A session for one turn that knows what was said, and is deleted however that ends."""
    if options.new is not None:
        raise InputError("--schema asks in a session of its own: it excludes --new")
    parent = app.find_session(options.session) if options.session else _still_there(app)
    client, made = app.connect(), None
    try:
        with held():  # an interrupt must find it in `made`
            made = aside(client, parent, options.fork or "", app.place.title)
        yield made
    finally:
        if made is not None:
            with held():
                _delete(app, client, made)


def _still_there(app: App) -> Session | None:
    """The notebook's session as it is now, None where there is none (any more)."""
    try:
        return app.known_session() if app.session is not None else None
    except NotFoundError:
        return None


def _delete(app: App, client: Client, session: Session) -> None:
    try:
        client.session.delete(session)
    except OpencodeError as error:
        app.say(f"session {session.id} could not be deleted ({error.message})")
