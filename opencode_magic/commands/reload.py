"""Have the server read its configuration and keys again, and tell what it forgets when it does."""

from __future__ import annotations

from dataclasses import dataclass

from ..app.app import App
from ..text.amounts import count_words
from ..text.visible import one_line


@dataclass(frozen=True)
class Held:
    """What a server holds of the project in memory alone."""

    turns: int = 0
    asks: int = 0
    servers: tuple[str, ...] = ()
    """MCP servers of no configuration, without this kernel: the next prompt adds it again."""

    @property
    def words(self) -> str:
        """What disposing would end; "" for nothing."""
        ends = (
            count_words(self.turns, "running turn") if self.turns else "",
            count_words(self.asks, "question") + " that waits" if self.asks else "",
            f"the MCP servers {one_line(', '.join(self.servers))}" if self.servers else "",
        )
        return " and ".join(filter(None, ends))


def held_by(app: App) -> Held:
    """Return what disposing would take away from the server."""
    client, kernel = app.connect(), app.offering.living
    known = {*(client.config.all().get("mcp") or {}), kernel and kernel.name}
    added = [name for name in client.mcp.status() if name not in known]
    return Held(len(client.dialect.running()), len(client.pending() or ()), tuple(added))


def use_now(app: App) -> str:
    """Have the server use a key or login that it was given; return words on when it does.

    It looks at them when it reads its configuration, and then forgets what it holds in memory. On a
    server of our own that is done at once where nothing is lost; else it is left to the user.
    """
    if "dispose" not in app.connect().capabilities:
        return "the server uses it from now on"
    held = held_by(app)
    if app.link is None or app.link.managed is None:
        return "the server uses it after `/dispose`, which ends what runs there for this project"
    if held.words:
        return f"the server uses it after `/dispose`, which ends {held.words}"
    ended = app.servers.dispose()
    return f"{ended}; the next prompt starts one" if ended else "the server uses it from now on"
