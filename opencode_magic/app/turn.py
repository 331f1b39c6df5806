"""A turn of this notebook: who answers, in which session, with what, and on which surface."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from ..changes.rewind import Reviewed
from ..client import Client
from ..disk.folder import Folder
from ..errors import InputError, NotFoundError, OpencodeError
from ..files.naming import nameless, unrecorded
from ..live.driver import Driver
from ..live.painter import Painter
from ..live.reviewing import review_turn
from ..live.surface import Snapshot, Surface
from ..model.agents import Agent
from ..model.prompt import Prompt
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
from ..turns.turn import Turn
from .aftermath import still_running
from .app import App
from .options import Options
from .session_rules import bind_rules, check_guard, check_subtask, check_template
from .undone import forget

UNKNOWN_TO_UNDO = "`/undo` and `/diff` know nothing of this turn"


@dataclass(frozen=True)
class Grounds:
    """Where a review happens: `folder` is None where the files are not on this machine."""

    client: Client
    folder: Folder | None
    has_git: bool


def ask(app: App, prompt: Prompt, options: Options, surface: Surface, ours: list[str]) -> Turn:
    """Carry out one turn, shown on `surface` while it runs, and return it.

    Parameters
    ----------
    ours:
        the names of our commands, for what is near to one the server does not know.
    """
    if prompt.kind == "follow":
        return _joined(app, options, surface)
    if prompt.form is None:
        return _asked(app, prompt, options, surface, ours, _session_for)
    if prompt.kind != "text":
        raise InputError("--schema is for a prompt, not for a command")
    client = app.connect()
    if app.link is not None and app.link.managed is None:
        client.need("rules-update")  # or the session would be another one than is deleted
    with _throw_away(app, options) as session:
        note = f"asked in a copy of the session, which is deleted: {UNKNOWN_TO_UNDO}"
        turn = _asked(app, prompt, options, surface, ours, lambda *_: (session, ()))
    return replace(turn, notes=(*turn.notes, note)) if turn.diff else turn


def prepared(app: App, prompt: Prompt, options: Options) -> Prompt:
    """Return the prompt as `ask` would send it; nothing is sent, and no session is begun."""
    client = app.connect()
    agents = client.agents()
    agent = check_agent(client, agents, options.agent or app.settings.agent)
    session = app.sessions.find(options.session) if options.session else app.session
    return _addressed(app, prompt, agent, session, agents, options)


def _asked(
    app: App,
    prompt: Prompt,
    options: Options,
    surface: Surface,
    ours: list[str],
    session_for: Callable[[App, Options], tuple[Session, tuple[str, ...]]],
) -> Turn:
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
        check_template(app, client, name)
    _offer_kernel(app, client, options)
    session, came_from = session_for(app, options)
    chosen = _addressed(app, prompt, agent, session, agents, options)
    _tell_destination(app, chosen, agent, session, options)
    session = bind_rules(app, session, agent)
    forget(app, session)
    # Asked for now: once the turn is over, no request may delay what the user sees.
    grounds = _grounds(app)
    header = Header(chosen.model, chosen.agent, session.title)
    before = nameless(app.folder(whole=True))
    run = _run(app, session, chosen, grounds)
    turn = _driven(app, run, header, agents, options, surface)
    unseen = unrecorded(before, nameless(app.folder(whole=True)))
    failed = turn.failure.data.message if turn.failure else ""
    proxy = blamed(failed) if app.servers.is_ours else ""
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
    """Say once where a prompt goes when nobody chose a model; refuse it where nobody is there."""
    if options.model or app.settings.model or not prompt.model:
        return
    client = app.connect()
    if not app.person.is_there():
        how = f"-m {prompt.model}, or `%config OpencodeMagics.model = '{prompt.model}'`"
        refuse_unchosen(client, prompt.model, how, agent.model, session.model)
    if where := free_service(client, prompt.model):
        app.person.say_once(f"{where}. `-m` chooses another model, `/auth` logs in")


def _addressed(
    app: App,
    prompt: Prompt,
    agent: Agent,
    session: Session | None,
    agents: Sequence[Agent],
    options: Options,
) -> Prompt:
    """Return the prompt with who is to answer it, and what it mentions."""
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
    """Return the prompt with what its `@names` name; commands and shell lines stay as written."""
    if prompt.kind != "text" or "@" not in prompt.text:
        return prompt
    from ..context.attach import Mentionable, attach  # late: only where something is mentioned

    helpers = [a.name for a in agents if a.is_helper]
    allowed = tuple(filter(None, map(str.strip, options.allow_secret.split(","))))
    reach = Mentionable(
        app.notebook(), app.folder(whole=True), helpers, model.images, model.name, allowed
    )
    found = attach(prompt.text, reach)
    return replace(prompt, text=found.text, pieces=found.pieces, note=found.note)


def _offer_kernel(app: App, client: Client, options: Options) -> None:
    try:
        app.offering.offer(client, options.kernel, ours=app.servers.is_ours)
    except OpencodeError as error:
        if options.kernel or app.offering.chosen:
            raise
        app.person.say_once(f"the agent cannot look into this kernel: {error.message}")
    finally:
        app.servers.keep_secrets(app.offering.redact)


def _joined(app: App, options: Options, surface: Surface) -> Turn:
    """Follow the turn the session runs already: another client's, or one of an earlier kernel."""
    client, session = app.connect(), app.sessions.known()
    newest = client.session.messages(session, limit=1)
    by = (newest[0].info.model_name, newest[0].info.agent) if newest else ("", "")
    grounds = _grounds(app)
    run = _run(app, session, Prompt("", "follow"), grounds)
    turn = _driven(app, run, Header(*by, session.title), client.agents(), options, surface)
    return with_unrecorded(turn, grounds.folder) if grounds.has_git else turn


def _run(app: App, session: Session, prompt: Prompt, grounds: Grounds) -> TurnRun:
    return TurnRun(
        grounds.client,
        session,
        prompt,
        alive=app.servers.lives,
        folder=grounds.folder,
        notebook=app.open_notebook,
    )


def _driven(
    app: App,
    run: TurnRun,
    header: Header,
    agents: Sequence[Agent],
    options: Options,
    surface: Surface,
) -> Turn:
    policy = replace(app.policy, mode=options.permission or app.settings.permission)
    kernel = app.offering.living
    here = app.open_notebook
    found = contents(here)
    with run, kernel.turn() if kernel else nullcontext():
        driver = Driver(
            run,
            surface,
            Painter(run, header, notebook=here, ours=app.servers.is_ours),
            policy,
            answer_timeout_s=app.settings.answer_timeout_s,
            kernel=kernel,
            bounds=shell_bounds(agents),
        )
        turn = driver.go()
        app.allow(driver.policy)
        of_kernel = kernel.notes if kernel is not None else ()
    # The agent may have written into the notebook that is open here.
    authorship, name = Authorship(turn.transcript, here), inside(here, str(app.place.directory))
    written = warning(name, found, contents(here), authorship, turn.prompt)
    more = (*of_kernel, *filter(None, [written]), *still_running(app.link, turn))
    return replace(turn, notes=(*turn.notes, *more))


def _reviewed(
    app: App, turn: Turn, prompt: Prompt, surface: Surface, header: Header, grounds: Grounds
) -> Turn:
    def tell(text: str) -> None:
        # Marked as synthetic, so that no history takes it for a prompt; and with the turn's model,
        # or the next turn would use the server's own default.
        model = turn.model or prompt.model
        noted = Prompt(text, model=model, agent=prompt.agent, variant=prompt.variant)
        grounds.client.dialect.note(turn.session, noted, timeout_s=grounds.client.timeout_s)

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
    """Return the session to send to, and notes on where it came from."""
    if options.new is not None and (options.session or options.fork is not None):
        raise InputError("--new excludes --session and --fork")
    named = app.sessions.find(options.session) if options.session else None
    if options.fork is not None:
        fork, came_from = app.sessions.fork(options.fork, of=named)
        return fork, (came_from,)
    if options.new is not None:
        return app.sessions.new(options.new), ()
    return named or app.sessions.current(), ()


@contextmanager
def _throw_away(app: App, options: Options) -> Iterator[Session]:
    """Give a session for one turn that knows what was said before, and delete it in the end."""
    if options.new is not None:
        raise InputError("--schema asks in a session of its own: it excludes --new")
    parent = app.sessions.find(options.session) if options.session else _still_there(app)
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
    """Return the notebook's session as it is now; None where there is none (any more)."""
    try:
        return app.sessions.known() if app.session is not None else None
    except NotFoundError:
        return None


def _delete(app: App, client: Client, session: Session) -> None:
    try:
        client.session.delete(session)
    except OpencodeError as error:
        app.person.say(f"session {session.id} could not be deleted ({error.message})")
