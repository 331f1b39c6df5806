"""The click bridge on a fake stream, with a real session that signs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from opencode_magic.errors import UnforeseenError
from opencode_magic.live.page.bridge import MOST_NONCES, ClickBridge
from opencode_magic.live.page.private import MOST_AT_ONCE, MOST_BEHIND

KEY = b"a key of the kernel"


class FakeStream:
    """What the bridge needs of a ZMQStream; `waiting` is what has not been read yet."""

    def __init__(self, received: Callable[[list[Any]], Any]) -> None:
        self._recv_callback: Callable[[list[Any]], Any] = received
        self.waiting: list[list[Any]] = []

    def deliver(self, message: list[Any]) -> Any:
        return self._recv_callback(message)

    def flush(self, flag: int, limit: int) -> int:
        assert flag == zmq.POLLIN
        now, self.waiting = self.waiting[:limit], self.waiting[limit:]
        for one in now:
            self.deliver(one)
        return len(now)


class FakeShellChannel:
    """The thread of an ipykernel 7 that hands messages to the main one, as far as we need it."""

    def __init__(self, to_main: FakeStream) -> None:
        self.manager = self
        self.pair = type("Pair", (), {"to_stream": to_main})()

    def get_shell_channel_to_subshell_pair(self, subshell_id: str | None) -> Any:
        assert subshell_id is None
        return self.pair


class FakeKernel:
    def __init__(self, *, pumped: bool = False) -> None:
        self.session = Session(key=KEY)
        self.received: list[list[Any]] = []
        self.shell_stream = FakeStream(self.receive)
        self.original = self.shell_stream._recv_callback
        self.to_main = FakeStream(lambda _message: None)
        self.shell_channel_thread = None if pumped else FakeShellChannel(self.to_main)

    def receive(self, message: list[Any]) -> str:
        self.received.append(message)
        return "what the kernel's own callback returns"


class FakeWidget:
    def __init__(self, comm_id: str = "ours") -> None:
        self.comm = type("Comm", (), {"comm_id": comm_id})()
        self.handlers: list[Any] = []

    def on_msg(self, handler: Any, remove: bool = False) -> None:
        self.handlers.remove(handler) if remove else self.handlers.append(handler)


def message(
    content: Any,
    *,
    kind: str = "comm_msg",
    comm_id: str = "ours",
    key: bytes = KEY,
    method: str = "custom",
) -> list[Any]:
    """A message as it comes off the socket: identities, signature, four parts; zero-copy frames."""
    session = Session(key=key)
    data = {"comm_id": comm_id, "data": {"method": method, "content": content}}
    frames = session.serialize(session.msg(kind, data), ident=b"browser")
    return [zmq.Frame(bytes(frame)) for frame in [*frames, b"a buffer"]]


def click(nonce: str = "1", **more: Any) -> dict[str, Any]:
    return {"k": "stop", "nonce": nonce, **more}


@pytest.fixture
def kernel() -> FakeKernel:
    return FakeKernel()


def test_a_click_of_a_watched_widget_arrives_and_is_handed_on_unchanged(kernel: FakeKernel) -> None:
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        sent = message(click())
        bytes_before = [frame.bytes for frame in sent]
        result = kernel.shell_stream.deliver(sent)
        assert bridge.works
        assert bridge.drain() == [click()]
        assert bridge.drain() == []
    assert kernel.received == [sent]
    assert kernel.received[0] is sent
    assert [frame.bytes for frame in sent] == bytes_before
    assert result == "what the kernel's own callback returns"


def test_foreign_messages_pass_in_their_order_and_are_not_taken(kernel: FakeKernel) -> None:
    messages = [
        message(click("1"), comm_id="theirs"),
        message({"code": "1 + 1"}, kind="execute_request"),
        message(click("2")),
        message({"state": {}}, method="update"),
        message({}, kind="comm_close"),
    ]
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        for one in messages:
            kernel.shell_stream.deliver(one)
        assert bridge.drain() == [click("2")]
    assert kernel.received == messages


def test_a_forged_signature_is_ignored_and_passed_on(kernel: FakeKernel) -> None:
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        forged = message(click(), key=b"another key")
        tampered = message(click())
        tampered[-2] = zmq.Frame(tampered[-2].bytes.replace(b"stop", b"shop"))
        for one in (forged, tampered):
            kernel.shell_stream.deliver(one)
        assert bridge.drain() == []
    assert kernel.received == [forged, tampered]


def malformed() -> list[list[Any]]:
    session = Session(key=KEY)

    def signed(*parts: bytes) -> list[bytes]:
        return [b"browser", b"<IDS|MSG>", session.sign(list(parts)), *parts]

    header = b'{"msg_type": "comm_msg"}'
    return [
        [],
        [b"no delimiter"],
        [b"<IDS|MSG>"],
        [b"browser", b"<IDS|MSG>", b"sig", header],
        signed(header, b"{}", b"{}", b"not json"),
        signed(header, b"{}", b"{}", b'"a string"'),
        signed(header, b"{}", b"{}", b"\xff\xfe"),
        signed(header, b"{}", b"{}", b'{"comm_id": ["ours"]}'),
        signed(header, b"{}", b"{}", b'{"comm_id": "ours"}'),
        signed(header, b"{}", b"{}", b'{"comm_id": "ours", "data": 3}'),
        signed(header, b"{}", b"{}", b"[" * 100_000),
        signed(b'"comm_msg"', b"{}", b"{}", b'{"comm_id": "ours"}'),
        [None, 3, object()],
    ]


@pytest.mark.parametrize("broken", malformed())
def test_malformed_messages_are_ignored_and_passed_on(
    kernel: FakeKernel, broken: list[Any]
) -> None:
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        kernel.shell_stream.deliver(broken)
        kernel.shell_stream.deliver(message(click()))
        assert bridge.drain() == [click()]
    assert kernel.received[0] is broken


@pytest.mark.parametrize("content", [None, 3, "stop", [], {}, {"nonce": 3}, {"nonce": "x" * 500}])
def test_a_click_without_a_usable_nonce_is_ignored(kernel: FakeKernel, content: Any) -> None:
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        kernel.shell_stream.deliver(message(content))
        assert bridge.drain() == []


def test_the_same_click_by_both_ways_counts_once(kernel: FakeKernel) -> None:
    widget = FakeWidget()
    with ClickBridge(kernel) as bridge:
        bridge.watch(widget)
        kernel.shell_stream.deliver(message(click("1")))
        widget.handlers[0](widget, click("1"), [])
        widget.handlers[0](widget, click("2"), [])
        assert bridge.drain() == [click("1"), click("2")]
        bridge.unwatch(widget)
        assert not widget.handlers
        kernel.shell_stream.deliver(message(click("3")))
        assert bridge.drain() == []


def test_the_memory_of_nonces_is_bounded(kernel: FakeKernel) -> None:
    with ClickBridge(kernel) as bridge:
        for number in range(MOST_NONCES + 50):
            bridge._put(click(str(number)))
        assert len(bridge._nonces) == MOST_NONCES
        assert bridge.drain()[0] == click("0")


@pytest.mark.parametrize("inner_first", [True, False])
def test_two_bridges_may_be_closed_in_any_order(kernel: FakeKernel, inner_first: bool) -> None:
    one, two = ClickBridge(kernel), ClickBridge(kernel)
    for bridge in (one, two):
        bridge.__enter__()
    one.watch(FakeWidget("one"))
    two.watch(FakeWidget("two"))
    first, second = (two, one) if inner_first else (one, two)
    first.close()
    kernel.shell_stream.deliver(message(click("1"), comm_id="one"))
    kernel.shell_stream.deliver(message(click("2"), comm_id="two"))
    assert first.drain() == []
    assert [c["nonce"] for c in second.drain()] == ["1" if second is one else "2"]
    second.close()
    second.close()
    assert kernel.shell_stream._recv_callback is kernel.original
    assert len(kernel.received) == 2


def test_a_callback_that_somebody_put_over_ours_stays(kernel: FakeKernel) -> None:
    bridge = ClickBridge(kernel)
    bridge.__enter__()
    bridge.watch(FakeWidget())
    ours = kernel.shell_stream._recv_callback
    seen = []

    def theirs(one: list[Any]) -> Any:
        seen.append(one)
        return ours(one)

    kernel.shell_stream._recv_callback = theirs
    bridge.close()
    assert kernel.shell_stream._recv_callback is theirs
    kernel.shell_stream.deliver(message(click()))
    assert len(seen) == len(kernel.received) == 1
    assert bridge.drain() == []


def test_the_stream_is_restored_after_an_interrupt(kernel: FakeKernel) -> None:
    def cell() -> None:
        with ClickBridge(kernel):
            assert kernel.shell_stream._recv_callback is not kernel.original
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cell()
    assert kernel.shell_stream._recv_callback is kernel.original


def test_an_error_of_the_kernels_own_callback_stays_its_own(kernel: FakeKernel) -> None:
    def broken(_message: list[Any]) -> None:
        raise RuntimeError("of the kernel")

    kernel.shell_stream._recv_callback = broken
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        with pytest.raises(RuntimeError, match="of the kernel"):
            kernel.shell_stream.deliver(message(click()))
        assert bridge.drain() == [click()]


def test_an_ipykernel_6_reads_when_it_is_asked_for_clicks() -> None:
    kernel = FakeKernel(pumped=True)
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        kernel.shell_stream.waiting = [message(click("1")), message({}, kind="execute_request")]
        assert bridge.drain() == [click("1")]
    assert len(kernel.received) == 2


def test_an_ipykernel_7_is_read_on_when_much_lies_before_the_main_thread(
    kernel: FakeKernel,
) -> None:
    few, many = MOST_BEHIND // 2, MOST_BEHIND + MOST_AT_ONCE
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        for count, left in ((few, few), (many, few + many - MOST_AT_ONCE)):
            for _ in range(count):
                one = message({}, comm_id="theirs")
                kernel.shell_stream.deliver(one)
                kernel.to_main.waiting.append(one)
            assert bridge.drain() == []
            assert len(kernel.to_main.waiting) == left
        bridge.drain()
        assert kernel.to_main.waiting == []


def test_an_ipykernel_7_that_is_built_otherwise_is_left_alone(kernel: FakeKernel) -> None:
    kernel.shell_channel_thread = threading.current_thread()  # type: ignore[assignment]
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        for number in range(MOST_BEHIND + 1):
            kernel.shell_stream.deliver(message(click(str(number))))
        assert len(bridge.drain()) == MOST_BEHIND + 1


def test_waiting_ends_when_a_click_comes(kernel: FakeKernel) -> None:
    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        assert not bridge.wait(0)
        deliver = threading.Thread(target=kernel.shell_stream.deliver, args=(message(click()),))
        deliver.start()
        assert bridge.wait(20)
        deliver.join()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda k: setattr(k, "shell_stream", None), "no shell stream"),
        (lambda k: delattr(k.shell_stream, "_recv_callback"), "receive callback"),
        (lambda k: setattr(k.shell_stream, "flush", None), "flushed"),
        (lambda k: setattr(k, "session", None), "signatures"),
    ],
)
def test_a_kernel_that_cannot_be_tapped_says_why(
    kernel: FakeKernel, spoil: Callable[[FakeKernel], None], why: str
) -> None:
    spoil(kernel)
    with ClickBridge(kernel) as bridge:
        assert not bridge.works
        assert why in bridge.why
        widget = FakeWidget()
        bridge.watch(widget)
        widget.handlers[0](widget, click(), [])
        assert bridge.drain() == [click()]


def test_without_a_kernel_nothing_breaks() -> None:
    with ClickBridge(None) as bridge:
        assert not bridge.works
        assert bridge.drain() == []


def test_a_fault_of_ours_is_told_to_who_waits_for_clicks(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: Any) -> None:
        raise ZeroDivisionError

    with ClickBridge(kernel) as bridge:
        bridge.watch(FakeWidget())
        broken = message(click("1"))
        with monkeypatch.context() as faulty:
            faulty.setattr("opencode_magic.live.page.bridge.comm_content", fault)
            kernel.shell_stream.deliver(broken)
        with pytest.raises(UnforeseenError, match="reading a click"):
            bridge.drain()
        kernel.shell_stream.deliver(message(click("2")))
        assert bridge.drain() == [click("2")]
    assert kernel.received[0] == broken
