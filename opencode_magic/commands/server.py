"""The server this notebook talks to."""

from __future__ import annotations

import json as json_text
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from ..client import Login
from ..errors import InputError
from ..protocol.background import background_service
from ..protocol.detect import STREAMS
from ..render.blocks import Code, Item, Look, Notice, Span
from ..render.listing import Listing
from ..render.shown import Shown
from ..render.table import Column, Table
from ..text.amounts import count_words
from ..text.jsontext import encoded, is_beyond, numbers, parsed
from ..text.redact import masked
from . import command
from .confirming import ask_first
from .reload import held_by

if TYPE_CHECKING:
    from ..api.opencode import OpenCode
    from ..app.app import App

ROUNDED = (
    "Whole numbers from 2**53 on may not be those that were stored: the server is JavaScript and "
    "rounds them."
)


@dataclass(frozen=True)
class Fact:
    """Something to know about the server, and whether it is good."""

    name: str
    value: str
    look: Look = ""


@command
def connect(app: App, url: str = "", *, subagents: bool = False, shell: bool = False) -> Listing:
    """Use a server that runs already, e.g. http://127.0.0.1:4096.

    Without URL it is your background service of OpenCode 2 (`opencode service start`), which tells
    its password itself. Else that is OPENCODE_PASSWORD or OPENCODE_SERVER_PASSWORD; where neither
    is set or right it is asked for, not shown and never saved. On a server this notebook does not
    manage some of what the agent gives the shell, and in OpenCode 1 its subagents, would act
    without asking, so both are off; --shell and --subagents accept that.
    """
    login = None
    if not url:
        service = background_service(os.environ)
        url, login = service.url, Login(password=service.password)
    link = app.servers.use(url, login=login, subagents=subagents, shell=shell)
    return Listing("connected", ((link.client.base_url, link.version),), ("server", "version"))


@command
def stop(app: App) -> Listing:
    """End this notebook's own server, or leave a connected one; the next prompt starts another."""
    link = app.servers.stop()
    if link is None:
        return Listing("no server was in use")
    return Listing("server ended" if link.managed else "left the server; it goes on without us")


@command
def client(app: App) -> OpenCode:
    """Give the Python client of this notebook's server: `oc = %opencode /client`.

    `oc.ask(prompt, schema=Row)` gives a value, `oc.map(prompts, schema=Row)` many. Nobody is asked
    in such a turn: what would ask is rejected, where `on_permission` says nothing else. Closing it
    leaves the notebook's own connection as it is.
    """
    from ..api.opencode import OpenCode  # late: only who asks from Python needs it

    return OpenCode.beside(app.connect())


@command(calls=("health", "session.statuses"))
def health(app: App) -> Table[Fact]:
    """Show whether the server is well, which one it is, and what runs on it."""
    client = app.connect()
    state = client.health()
    busy = client.dialect.running()
    running = count_words(len(busy), "session") if busy else "nothing"
    healthy: tuple[str, Look] = ("healthy", "good") if state.healthy else ("not healthy", "bad")
    kind: tuple[str, Look] = ("run by someone else", "warn")
    if app.link and app.link.managed:
        kind = ("this notebook's own", "good")
    facts = (
        Fact("state", *healthy),
        Fact("server", client.base_url, "code"),
        Fact("version", state.version),
        Fact("kind", *kind),
        Fact("project", client.directory or "", "code"),
        Fact("session", app.session.title if app.session else "none yet"),
        Fact("running", running, "warn" if busy else "quiet"),
    )
    columns: tuple[Column[Fact], ...] = (
        Column("", lambda f: (Span(f.name, "quiet"),)),
        Column("", lambda f: (Span(f.value, f.look),)),
    )
    return Table("server", facts, columns, "`/status` lists what runs." if busy else "")


@command(calls=("dispose",))
def dispose(app: App, *, yes: bool = False) -> Listing:
    """Make the server drop what it holds of this project, and read its configuration again.

    Running turns, what waits for an answer, MCP servers added meanwhile, and what was always
    allowed on the server are lost; sessions and files stay. It asks first; --yes does not ask.
    """
    app.connect().need("dispose")
    held = held_by(app)
    rows = (
        ("running turns that end", str(held.turns)),
        ("answers that are waited for no more", str(held.asks)),
        ("MCP servers added since it began", ", ".join(held.servers) or "none"),
        ("what was always allowed on the server", "all of it"),
    )
    note = "Sessions, messages and files stay. What you always allowed in this notebook stays, too."
    preview = Listing("The server will forget of this project:", rows, note=note)
    ask_first(app, preview, "Dispose of it?", command="/dispose", yes=yes)
    ended = app.servers.dispose()
    note = f"{ended}; the next prompt starts one." if ended else note
    return Listing("disposed", rows, note=note)


@command(calls=("log",))
def log(
    app: App, text: str, *, level: Literal["debug", "info", "warn", "error"] = "info"
) -> Listing:
    """Write a line into the server's log."""
    client = app.connect()
    client.need("log")
    client.log(text, level=level)
    return Listing("logged", ((level, text),))


@command(calls=("request",))
def api(
    app: App,
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
    path: str,
    json: str = "",
    *,
    yes: bool = False,
) -> Shown[Any]:
    """Send a request to any route of the server, e.g. `/api GET /session?limit=3`.

    JSON is the body. Values under names like those of keys are masked where it is shown; the value
    itself holds them. Anything but GET asks first; --yes does not ask.
    """
    body = _body(json)
    route, _, query = path.partition("?")
    if not route.startswith("/") or route.startswith("//"):
        raise InputError(f"/api: a path begins with one /, e.g. /session, not {path[:60]!r}")
    if route in STREAMS:
        raise InputError(f"{route} never ends; `/events` shows it")
    if method == "GET" and json:
        raise InputError("a GET has no body; write `/api GET PATH?name=value`")
    client = app.connect()
    if method != "GET":
        shown = [] if body is None else [Item("body", _code(body))]
        preview = Shown(body, (Item("to", Notice(f"`{method} {path}` will be sent.")), *shown))
        written = f"/api {method} {path}{f' {json}' if json else ''}"
        ask_first(app, preview, "Send it?", command=written, yes=yes)
    params = dict(parse_qsl(query, keep_blank_values=True))
    answer = client.request(method, route, params=params, json=body)
    beyond = any(is_beyond(number) for _, number in numbers(answer))
    notes = [Item("note", Notice(ROUNDED))] if beyond else []
    return Shown(answer, (Item("answer", _code(answer)), *notes))


def _body(text: str) -> Any:
    if not text:
        return None
    try:
        body = parsed(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"/api: the body is not JSON: {error}") from None
    encoded(body, "/api: the body")
    return body


def _code(value: Any) -> Code:
    return Code(json_text.dumps(masked(value), ensure_ascii=False, indent=2), "json")
