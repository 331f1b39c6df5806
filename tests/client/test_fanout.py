"""One event connection that several turns share, on a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from opencode_magic.client import OpenCode
from opencode_magic.events import Connected, Event
from opencode_magic.fanout import Fanout, Share
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer


def until(share: Share, kind: str) -> list[Event]:
    """All events up to the first of that class."""
    seen: list[Event] = []
    for _ in range(60):
        seen += share.get(0.5)
        if any(type(event).__name__ == kind for event in seen):
            return seen
    raise AssertionError(f"no {kind} but {seen}")


def test_all_that_share_see_all_and_one_that_comes_later_is_connected(
    plain_server: PlainServer,
) -> None:
    port = int(plain_server.url.rpartition(":")[2])
    folder = str(plain_server.directory)
    with (
        Proxy(port) as proxy,
        OpenCode(proxy.url, password=plain_server.password, directory=folder) as oc,
    ):
        fanout = Fanout(oc)
        first = fanout.share(folder)
        first.open()
        assert isinstance(until(first, "Connected")[0], Connected)
        second = fanout.share(folder)
        second.open()
        assert [type(event) for event in second.get(0)] == [Connected]
        made = oc.session.create(title="seen by both")
        for share in (first, second):
            until(share, "SessionCreated")
        oc.session.delete(made)
        second.close()
        proxy.cut()
        seen = [type(event).__name__ for event in until(first, "Gap")]
        seen += [type(event).__name__ for event in until(first, "Connected")]
        assert seen.index("Gap") < seen.index("Connected")
        assert not [e for e in second.get(0) if type(e).__name__ == "Gap"]
        fanout.close()
        assert len([path for path in proxy.paths if path.startswith("/event")]) == 2


def test_many_ask_at_once_for_the_same_connection(plain_server: PlainServer) -> None:
    with OpenCode(plain_server.url, password=plain_server.password) as oc:
        fanout = Fanout(oc)
        with ThreadPoolExecutor(8) as pool:
            shares = list(pool.map(lambda _: fanout.share(None), range(8)))
        for share in shares:
            share.open()
            until(share, "Connected")
        assert len({share._stream for share in shares}) == 1
        fanout.close()
