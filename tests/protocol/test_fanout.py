"""One event connection that several turns share, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from opencode_magic import OpenCode
from opencode_magic.model.events import Connected, Event, Gap
from opencode_magic.protocol.fanout import KEPT_S, Fanout, Subscription
from opencode_magic.protocol.stream import EventStream
from tests.harness.clock import Clock
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer


@pytest.fixture
def oc(proxy: Proxy, plain_server: PlainServer) -> Iterator[OpenCode]:
    with plain_server.client(proxy.url) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fanout(oc: OpenCode, clock: Clock) -> Iterator[Fanout]:
    fanout = Fanout(oc, oc.dialect.feed, clock=clock)
    yield fanout
    fanout.close()


def listened_once(fanout: Fanout) -> EventStream:
    """The connection after somebody listened and left."""
    with fanout.share(None) as share:
        until(share, "Connected")
    assert share.stream is not None
    return share.stream


def until(share: Subscription, kind: str) -> list[Event]:
    """All events up to the first of that class."""
    seen: list[Event] = []
    for _ in range(60):
        seen += share.get(0.5)
        if any(type(event).__name__ == kind for event in seen):
            return seen
    raise AssertionError(f"no {kind} but {seen}")


def test_all_that_share_see_all_and_one_that_comes_later_is_connected(
    oc: OpenCode, proxy: Proxy, fanout: Fanout
) -> None:
    first = fanout.share(oc.directory)
    first.open()
    assert isinstance(until(first, "Connected")[0], Connected)
    second = fanout.share(oc.directory)
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
    assert proxy.asked_for("/event") == 2


def test_many_ask_at_once_for_the_same_connection(fanout: Fanout, proxy: Proxy) -> None:
    def listen(_: int) -> Subscription:
        share = fanout.share(None)
        share.open()
        until(share, "Connected")
        return share

    with ThreadPoolExecutor(8) as pool:
        shares = list(pool.map(listen, range(8)))
    assert len({share.stream for share in shares}) == 1
    assert proxy.asked_for("/event") == 1


def test_who_comes_after_the_others_have_left_finds_it_connected(
    fanout: Fanout, proxy: Proxy, oc: OpenCode
) -> None:
    listened_once(fanout)
    made = oc.session.create(title="unheard")
    with fanout.share(None) as share:
        assert isinstance(share.get(0)[0], Connected)
        oc.session.delete(made)
        until(share, "SessionDeleted")
    assert proxy.asked_for("/event") == 1


def test_one_that_is_lost_while_nobody_listens_ends_and_the_next_gets_another(
    fanout: Fanout, proxy: Proxy
) -> None:
    stream = listened_once(fanout)
    proxy.cut()
    stream._thread.join(10)
    assert not stream._thread.is_alive()
    assert proxy.asked_for("/event") == 1
    with fanout.share(None) as share:
        assert [type(event) for event in until(share, "Connected")] == [Connected]
    assert proxy.asked_for("/event") == 2


def test_one_that_the_server_ended_while_nobody_listened_ends(fanout: Fanout, oc: OpenCode) -> None:
    with fanout.share(None) as share:
        until(share, "Connected")
        # A directory that is dropped while it is still being opened leaves a dead connection.
        oc.session.delete(oc.session.create(title="it is open"))
        until(share, "SessionDeleted")
    oc.dispose()
    assert share.stream is not None
    share.stream._thread.join(10)
    assert not share.stream._thread.is_alive()


def test_one_that_missed_events_is_left_to_those_who_listen_already(
    fanout: Fanout, oc: OpenCode, proxy: Proxy
) -> None:
    with fanout.share(None) as first:
        until(first, "Connected")
        first.doubt()
        with fanout.share(None) as second:
            until(second, "Connected")
            assert second.stream is not first.stream
            made = oc.session.create(title="seen by both")
            until(first, "SessionCreated")
            until(second, "SessionCreated")
    oc.session.delete(made)
    assert first.stream is not None
    first.stream._thread.join(15)  # a heartbeat at most
    assert not first.stream._thread.is_alive()
    assert proxy.asked_for("/event") == 2


def test_one_that_was_silent_for_too_long_is_not_relied_on(
    fanout: Fanout, proxy: Proxy, clock: Clock
) -> None:
    stream = listened_once(fanout)
    clock.now += 16
    with fanout.share(None) as share:
        until(share, "Connected")
        assert share.stream is not stream
    assert proxy.asked_for("/event") == 2
    assert not stream._thread.is_alive()


def test_one_that_nobody_needs_is_not_kept_for_ever(
    fanout: Fanout, oc: OpenCode, clock: Clock
) -> None:
    stream = listened_once(fanout)
    clock.now += KEPT_S + 1
    for _ in range(2):  # each tells what it heard
        oc.session.delete(oc.session.create(title="heard by nobody"))
    stream._thread.join(10)
    assert not stream._thread.is_alive()


def test_with_nobody_there_nothing_is_decoded(
    fanout: Fanout, oc: OpenCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = listened_once(fanout)
    assert stream._now is not None
    feed = replace(stream._now, decode=lambda data: pytest.fail(data))
    monkeypatch.setattr(stream, "_now", feed)
    oc.session.delete(oc.session.create(title="heard by nobody"))
    with fanout.share(None) as share:
        assert isinstance(share.get(0)[0], Connected)
        assert share.failure is None
    assert stream._thread.is_alive()


def test_who_comes_after_a_failure_fails_by_itself(proxy: Proxy) -> None:
    with OpenCode(proxy.url, password="wrong") as stranger:
        for _ in range(2):
            with stranger.fanout.share(None) as share:
                gap = until(share, "Gap")[-1]
                assert isinstance(gap, Gap)
                assert gap.ended
                assert share.failure is not None
                assert "password" in share.failure.message


def test_who_follows_all_directories_shares_a_connection_too(oc: OpenCode, proxy: Proxy) -> None:
    for _ in range(2):
        with closing(oc.event.subscribe_global()) as events:  # type: ignore[type-var]
            assert isinstance(next(events), Connected)
    assert len([path for path in proxy.paths if path.startswith("/global/event")]) == 1
