"""Models, agents, providers and the server's own commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..app.app import App
from ..client import Client
from ..errors import InputError
from ..model.agents import Agent, ModelInfo, Provider, ServerCommand
from ..model.catalogue import KnownProvider
from ..render.blocks import Cell, Span
from ..render.listing import Listing
from ..render.table import Column, Table
from ..text.visible import one_line
from ..turns.checks import check_agent, check_model
from . import command
from .helpers import all_in, badge, code_column
from .kinds import AgentName, ModelName

MOST_LISTED = 200


@dataclass(frozen=True)
class OfferedModel:
    """A model as `/models` lists it."""

    name: str
    info: ModelInfo
    usable: bool = True
    """Whether its provider is logged in."""
    current: bool = False
    """Whether it is this notebook's."""

    @property
    def context(self) -> int:
        """The tokens it takes at most; 0 where that is not known."""
        return self.info.window

    @property
    def output(self) -> int:
        """The tokens it gives at most; 0 where that is not known."""
        return int(self.info.limit.output) if self.info.limit else 0

    @property
    def price(self) -> tuple[float, float] | None:
        """The US dollars for a million tokens in and out; None where that is not known."""
        return (self.info.cost.input, self.info.cost.output) if self.info.cost else None


@command(calls=("config.providers", "provider.list"))
def models(app: App, search: str = "", *, all: bool = False) -> Table[OfferedModel]:
    """List the models that can be used now, with the size of their context and their price.

    SEARCH looks into names. --all lists those of every provider the server knows: it is asked for
    6 MB, which takes some seconds.
    """
    client = app.connect()
    current = _current_model(app, client)
    if all:
        known = client.provider.list()
        connected = set(known.connected)
        found = list(_offered(known.all, current, connected))
    else:
        found = list(_offered(client.config.providers().providers, current))
    words = search.casefold().split()
    fitting = [m for m in found if all_in(words, f"{m.name} {m.info.name}")]
    if not found:
        note = "no provider is logged in: `opencode auth login`, or `/auth`"
    elif len(fitting) > MOST_LISTED:
        note = f"{len(fitting) - MOST_LISTED:,} more are not listed; `/models SEARCH` narrows it"
    else:
        note = "* is this notebook's model; `/model NAME` chooses another"
    columns: list[Column[OfferedModel]] = [
        Column("", lambda m: "*" if m.current else "", lambda m: m.current),
        code_column("model", lambda m: m.name),
        Column("name", lambda m: one_line(m.info.name), lambda m: m.info.name),
        Column("context", lambda m: _count(m.context), lambda m: m.context, number=True),
        Column("output", lambda m: _count(m.output), lambda m: m.output, number=True),
        Column("$ in / out", _price, lambda m: m.price, number=True),
        Column("variants", lambda m: one_line(", ".join(m.info.variants or ()))),
    ]
    if all:
        usable = Column[OfferedModel](
            "", lambda m: badge(m.usable, "usable", "no login"), lambda m: m.usable
        )
        columns.insert(1, usable)
    return Table("models", tuple(fitting[:MOST_LISTED]), tuple(columns), note)


@command(calls=("config.providers",))
def model(app: App, name: ModelName = "") -> Listing:
    """Show the model prompts go to, or choose another for this notebook."""
    client = app.connect()
    if name:
        app.answer_with(model=check_model(client, name).name)
    chosen = bool(app.settings.model)
    source = "chosen for this notebook" if chosen else "the session's, or the configuration's"
    return Listing("model", ((_current_model(app, client), source),))


@command(calls=("agents",))
def agents(app: App) -> Table[Agent]:
    """List the agents a prompt can go to, and the subagents they may start."""
    client = app.connect()
    found = sorted((a for a in client.agents() if not a.hidden), key=lambda a: a.mode == "subagent")
    current = _current_agent(app, client, found)
    return Table(
        "agents",
        tuple(found),
        (
            Column("", lambda a: "*" if a.name == current else "", lambda a: a.name == current),
            code_column("agent", lambda a: a.name),
            Column("kind", _agent_kind),
            Column("model", lambda a: str(a.model) if a.model else ""),
            Column("what it is for", lambda a: one_line(a.description or "", chars=120)),
        ),
        "* is this notebook's agent; `/agent NAME` chooses another",
    )


@command(calls=("agents",))
def agent(app: App, name: AgentName = "") -> Listing:
    """Show the agent prompts go to, or choose another for this notebook."""
    client = app.connect()
    known = client.agents()
    if name:
        app.answer_with(agent=check_agent(client, known, name).name)
    return Listing("agent", ((_current_agent(app, client, known),),))


@command(calls=("config.providers", "provider.list"))
def providers(app: App, *, all: bool = False) -> Table[Provider] | Table[KnownProvider]:
    """List the providers that are logged in, with their default models.

    --all lists every provider the server knows and where its key may stand: it is asked for 6 MB,
    which takes some seconds.
    """
    client = app.connect()
    usable = client.config.providers()
    note = "`/auth PROVIDER` tells how to log in"
    if not all:
        return Table(
            "providers that are logged in",
            tuple(usable.providers),
            (
                code_column("provider", lambda p: p.id),
                Column("name", lambda p: one_line(p.name)),
                Column("models", lambda p: f"{len(p.models)}", lambda p: len(p.models), True),
                Column("default model", lambda p: usable.default.get(p.id, "")),
            ),
            note if usable.providers else f"none yet; {note}",
        )
    known = client.provider.list()
    connected = set(known.connected)
    ordered = sorted(known.all, key=lambda p: (p.id not in connected, p.id))
    return Table(
        "providers",
        tuple(ordered),
        (
            code_column("provider", lambda p: p.id),
            Column("name", lambda p: one_line(p.name)),
            Column("", lambda p: badge(p.id in connected, "connected", "no login")),
            Column("models", lambda p: f"{len(p.models)}", lambda p: len(p.models), True),
            Column("key in the environment", lambda p: one_line(", ".join(p.env))),
        ),
        note,
    )


@command(calls=("commands",))
def commands(app: App, search: str = "") -> Table[ServerCommand]:
    """List the server's own slash commands, which run as turns: `/NAME words`."""
    words = search.casefold().split()
    known = app.connect().commands()
    found = [c for c in known if all_in(words, f"{c.name} {c.description or ''}")]
    return Table(
        "the server's commands",
        tuple(found),
        (
            Column("command", lambda c: (Span(f"/{c.name}", "code"),), lambda c: c.name),
            Column("what it does", lambda c: one_line(c.description or "", chars=120)),
            Column("agent", lambda c: c.agent or ""),
            Column("", lambda c: "in a subagent" if c.subtask else "", lambda c: bool(c.subtask)),
            Column("from", lambda c: c.source or ""),
        ),
        "ours are in `/help`",
    )


def _offered(
    providers: Iterable[Provider | KnownProvider], current: str, connected: set[str] | None = None
) -> Iterable[OfferedModel]:
    for provider in providers:
        usable = connected is None or provider.id in connected
        for id, info in provider.models.items():
            name = f"{provider.id}/{id}"
            yield OfferedModel(name, info, usable, name == current)


def _current_model(app: App, client: Client) -> str:
    last = [str(app.session.model)] if app.session and app.session.model else []
    try:
        return check_model(client, app.settings.model, otherwise=last).name
    except InputError as error:
        return app.settings.model or one_line(error.message)


def _current_agent(app: App, client: Client, known: Sequence[Agent]) -> str:
    return check_agent(client, known, app.settings.agent).name


def _agent_kind(agent: Agent) -> Cell:
    kind = {"primary": "agent", "subagent": "subagent"}.get(agent.mode, "both")
    return kind if agent.native else f"{kind}, own"


def _count(tokens: int) -> str:
    return f"{tokens:,}" if tokens else ""


def _price(model: OfferedModel) -> str:
    if model.price is None:
        return ""
    return "free" if not any(model.price) else f"{model.price[0]:g} / {model.price[1]:g}"
