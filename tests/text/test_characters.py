"""Text with half a character in it, and JSON that strict readers refuse."""

from __future__ import annotations

import json
import random

import msgspec
import pytest

from opencode_magic.model.events import (
    Event,
    GlobalEvent,
    PartDelta,
    PartUpdated,
    SessionError,
    SessionUpdated,
    Unknown,
)
from opencode_magic.model.messages import TextPart, ToolPart
from opencode_magic.protocol.v1.events import decode, decode_global, joined
from opencode_magic.text.characters import Joiner, halves, sound, sound_json
from opencode_magic.text.jsontext import DEEPEST, decoded, encoded

ALPHABET = ["a", "é", "\u2028", "\0", "\ufeff", "\ufffd", "\U0001f600", "\U0010ffff", '"', "\\"]
HALVES = ["\ud83d", "\ude00", "\udcff", "\udbff"]


def units(text: str) -> list[str]:
    """The 16-bit units of a text, each a character or half of one."""
    data = text.encode("utf-16-le", "surrogatepass")
    pairs = (data[at : at + 2] for at in range(0, len(data), 2))
    return [pair.decode("utf-16-le", "surrogatepass") for pair in pairs]


@pytest.mark.parametrize(
    ("text", "expected", "lost"),
    [
        ("plain é 😀", "plain é 😀", 0),
        ("a\ud83db", "a\ufffdb", 1),
        ("\ud83d", "\ufffd", 1),
        ("\ude00\ud83d", "\ufffd\ufffd", 2),
        ("\ud83d\ude00", "😀", 0),
        ("\ud83d\ud83d\ude00", "\ufffd😀", 1),
        ("caf\udce9.txt", "caf\ufffd.txt", 1),
        ("\ufffd\udcff", "\ufffd\ufffd", 1),
    ],
)
def test_half_a_character_costs_one(text: str, expected: str, lost: int) -> None:
    assert (sound(text), halves(text)) == (expected, lost)
    assert json.loads(encoded({text: [text]})) == {expected: [expected]}


def test_any_text_can_be_encoded_and_keeps_what_was_whole(rng: random.Random, rounds: int) -> None:
    for _ in range(20 * rounds):
        text = "".join(rng.choices(ALPHABET + HALVES, k=rng.randrange(12)))
        found = sound(text)
        found.encode()
        assert found == sound(found)
        assert len(units(found)) == len(units(text))
        for escaped in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
            read = decoded(msgspec.json.decode, sound(escaped))
            assert read == found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"\uDE00 \uD83D"', "\ufffd \ufffd"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\\\ud83d"', "\\\ufffd"),
        (r'"\ud83d\n"', "\ufffd\n"),
        (r'"\ud83d\u0041"', "\ufffdA"),
        (r'"\u0000\u2028"', "\0\u2028"),
        ('\ufeff"x"', "x"),
    ],
)
def test_escapes_of_halves_are_read(written: str, read: str) -> None:
    assert decoded(msgspec.json.decode, written) == read


def test_what_is_sound_is_left_as_it_is() -> None:
    text = json.dumps("😀" * 3)
    assert sound_json(text) == text
    assert sound(text) is text


def test_what_is_nested_too_deeply_is_cut_there_alone() -> None:
    text = '{"a": ' + "[" * 5000 + '"]"' + ", 1]" * 5000 + r', "b": ["\"}", {"c": 1}]}'
    found = decoded(msgspec.json.decode, text)
    assert found["b"] == ['"}', {"c": 1}]
    inner = found["a"]
    for _ in range(DEEPEST - 2):
        inner, one = inner
        assert one == 1
    assert inner == ["…", 1]


def test_a_torn_character_is_joined_wherever_it_was_torn(rng: random.Random, rounds: int) -> None:
    for _ in range(20 * rounds):
        joiner = Joiner()
        text = "".join(rng.choices(ALPHABET, k=rng.randrange(1, 12)))
        found, piece = "", ""
        for unit in units(text):
            piece += unit
            if rng.random() < 0.5:
                found, piece = found + joiner("here", piece), ""
                assert halves(found) == 0
                assert joiner("elsewhere", "x") == "x"
        assert found + joiner("here", piece) == text


def test_the_half_that_never_comes_is_one_character() -> None:
    joiner = Joiner()
    assert [joiner("p", piece) for piece in ("a\ud83d", "", "b\ud83d", "\ud83d", "\ude00")] == [
        "a", "", "\ufffdb", "\ufffd", "😀",
    ]  # fmt: skip
    joiner("p", "\ud83d")
    joiner.forget("p")
    assert joiner("p", "x") == "x"


def event(kind: str, **properties: object) -> str:
    return json.dumps({"type": kind, "properties": properties})


def delta(text: str) -> str:
    ids = {"sessionID": "ses_1", "messageID": "msg_1", "partID": "prt_1"}
    return event("message.part.delta", **ids, field="text", delta=text)


def part(**held: object) -> dict[str, object]:
    return {"id": "prt_1", "messageID": "msg_1", "sessionID": "ses_1", **held}


@pytest.mark.parametrize("everywhere", [False, True])
def test_the_events_of_a_torn_character(everywhere: bool) -> None:
    joiner = Joiner()
    texts: list[str] = []
    for text in ("smile \ud83d", "\ude00 x", "\ud83d", "y"):
        written, read = delta(text), decode
        if everywhere:
            written = json.dumps({"directory": "/d", "payload": json.loads(written)})
            read = decode_global
        found = joined(read(written), joiner)
        inner: Event = found.event if isinstance(found, GlobalEvent) else found
        assert isinstance(inner, PartDelta)
        texts.append(inner.delta)
    assert texts == ["smile ", "😀 x", "", "\ufffdy"]


def test_an_event_with_half_a_character_is_still_that_event() -> None:
    whole = decode(event("message.part.updated", part=part(type="text", text="one \ud83d two")))
    assert isinstance(whole, PartUpdated)
    assert isinstance(whole.part, TextPart)
    assert whole.part.text == "one \ufffd two"
    failed = decode(
        event("session.error", sessionID="ses_1", error={"data": {"message": "\udc00"}})
    )
    assert isinstance(failed, SessionError)
    assert failed.error.data.message == "\ufffd"
    named = decode(event("session.updated", info={"id": "ses_1", "title": "\ud83d"}))
    assert isinstance(named, SessionUpdated)
    assert named.info.title == "\ufffd"
    unknown = decode(event("new.event", x=["\ud83d"]))
    assert isinstance(unknown, Unknown)
    assert unknown.properties == {"x": ["\ufffd"]}


@pytest.mark.parametrize(
    "data",
    [b"\xff", b'{"type": "\xff"}', b'{"type": "x", "properties": 1e400}', b"[" * 100_000, b"", b"{",
     '\ufeff{"type": "x"}'.encode(), b'{"type": "session.error", "properties": "\\ud83d"}',
     b'{"type": "message.updated", "properties": {"info": {"time": {"created": 1e999}}}}',
     b'{"type": "message.part.delta", "properties": {"delta": "\\ud83d"}}',
     json.dumps({"type": "message.part.delta", "properties": {
         "sessionID": "\ud83d", "messageID": "", "partID": "",
     }}).encode()],
)  # fmt: skip
def test_reading_an_event_never_fails(data: bytes) -> None:
    assert isinstance(decode(data), Event)
    assert isinstance(decode_global(data), Event)
    assert isinstance(decode_global(b'{"directory": "/d", "payload": ' + data + b"}"), Event)


def test_a_deep_value_costs_no_more_than_itself() -> None:
    deep = '{"type": "message.part.updated", "properties": {"part": {"type": "tool", "id": "p", '
    deep += '"messageID": "m", "sessionID": "s", "tool": "t", "state": {"input": {"a": '
    found = decode(deep + "[" * 3000 + "]" * 3000 + ', "b": 1}}}}}')
    assert isinstance(found, PartUpdated)
    assert isinstance(found.part, ToolPart)
    assert found.part.state.input["b"] == 1
