"""What agents work with: tools, MCP servers, language servers, formatters."""

from __future__ import annotations

import shlex
from typing import Literal

from ..app.app import App
from ..errors import InputError
from ..model.catalogue import FormatterStatus, LspStatus, McpStatus, ToolInfo
from ..render.blocks import Look, Span
from ..render.listing import Listing
from ..render.table import Column, Table
from ..server.guard1 import PRIVATE
from ..text.visible import one_line
from . import command
from .helpers import code_column
from .kinds import ModelName, Verbatim

_LOOKS: dict[str, Look] = {
    "connected": "good",
    "failed": "bad",
    "needs_auth": "warn",
    "needs_client_registration": "warn",
    "disabled": "quiet",
}
BLANK = dict.fromkeys(PRIVATE, "")
"""The variables that a command we start would inherit from its server and must not see."""
NEEDS = {"add": "NAME and a COMMAND or URL", "connect": "NAME", "disconnect": "NAME",
         "auth": "NAME", "logout": "NAME"}  # fmt: skip


@command(calls=("tool.ids", "tool.list"))
def tools(app: App, *, model: ModelName = "") -> Table[ToolInfo]:
    """List the agents' tools; with --model what that model is told of each."""
    client = app.connect()
    client.need("tools")
    if not model:
        found = tuple(ToolInfo(id) for id in client.tool.ids())
        column: Column[ToolInfo] = code_column("tool", lambda t: t.id)
        return Table("tools", found, (column,), "`/tools --model NAME` describes them")
    return Table(
        f"tools of {model}",
        tuple(client.tool.list(model)),
        (
            code_column("tool", lambda t: t.id),
            Column("what it does", lambda t: one_line(t.description, chars=100)),
            Column("takes", lambda t: one_line(", ".join(t.parameters.get("properties", {})))),
        ),
    )


@command(
    calls=("mcp.status", "mcp.add", "mcp.connect", "mcp.disconnect", "mcp.start_auth",
           "mcp.finish_auth", "mcp.authenticate", "mcp.remove_auth")
)  # fmt: skip
def mcp(
    app: App,
    action: Literal["list", "add", "connect", "disconnect", "auth", "logout"] = "list",
    name: str = "",
    command: Verbatim = "",
    *,
    code: str = "",
) -> Table[tuple[str, McpStatus]] | Listing:
    """List the MCP servers, whose tools every session of the server sees, or change them.

    `add NAME COMMAND` starts one, the rest of the line as it is written; `add NAME URL` connects
    one, both until the server ends. `auth NAME` gives the address to log in at, --code ends that.
    Their tools ask before they act.
    """
    client = app.connect()
    if action != "list" and (not name or (action == "add" and not command)):
        raise InputError(f"/mcp {action} needs {NEEDS[action]}")
    match action:
        case "add" if command.startswith(("http://", "https://")):
            client.mcp.add(name, url=command)
        case "add":
            client.mcp.add(name, command=_split(command), environment=BLANK)
        case "connect":
            client.mcp.connect(name)
        case "disconnect":
            client.mcp.disconnect(name)
        case "logout":
            client.mcp.remove_auth(name)
        case "auth" if code:
            client.mcp.finish_auth(name, code)
        case "auth":
            url = client.mcp.start_auth(name)
            note = f"`/mcp auth {name} --code CODE`"
            return Listing(f"log in to {name}", (("open", url),), note=note)
    states = tuple(client.mcp.status().items())
    return Table(
        "MCP servers",
        states,
        (
            code_column("name", lambda m: m[0]),
            Column("state", lambda m: (Span(m[1].status, _LOOKS.get(m[1].status, "")),),
                   lambda m: m[1].status),
            Column("what is wrong", lambda m: one_line(m[1].error)),
        ),
        "" if states else "none; `/mcp add NAME COMMAND` adds one",
    )  # fmt: skip


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise InputError(f"/mcp: {command!r} cannot be split into words: {error}") from None


@command(calls=("lsp.status",))
def lsp(app: App) -> Table[LspStatus]:
    """List the language servers that run."""
    client = app.connect()
    client.need("lsp")
    found = tuple(client.lsp.status())
    return Table(
        "language servers",
        found,
        (
            Column("server", lambda s: (Span(s.name or s.id, "code"),), lambda s: s.id),
            Column("state", lambda s: s.status),
            Column("root", lambda s: s.root),
        ),
        "" if found else "none runs; one starts when an agent looks at a file of its language",
    )


@command(calls=("formatter.status",))
def formatters(app: App) -> Table[FormatterStatus]:
    """List the formatters the server runs after an edit."""
    client = app.connect()
    client.need("formatters")
    found = tuple(client.formatter.status())
    return Table(
        "formatters",
        found,
        (
            Column("formatter", lambda f: (Span(f.name, "code"),), lambda f: f.name),
            Column("files", lambda f: " ".join(f.extensions)),
            Column("", lambda f: "used" if f.enabled else "not used", lambda f: f.enabled),
        ),
        "" if found else "none is set up",
    )
