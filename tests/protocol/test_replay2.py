"""Recorded streams of OpenCode 2, frame by frame: what the reader of one connection makes of them.

That they lead to the server's own record is tested with those of OpenCode 1, in `model`.
"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.model.events import (
    Event,
    GlobalEvent,
    MessageUpdated,
    PartDelta,
    SessionDeleted,
    Unknown,
)
from opencode_magic.model.transcript import Transcript, reduce, with_record
from opencode_magic.protocol.stream import frames
from opencode_magic.protocol.v2.events import EventReader
from opencode_magic.render.describe import items
from tests.harness.recorded import (
    CAPTURES2,
    JOINED2,
    PROJECT,
    STREAMS2,
    events,
    played,
    read2,
    record,
    recorded_end,
    reduce_all,
    session2,
    texts,
)

PATHS = st.sampled_from(STREAMS2)
TELLING = st.sampled_from(["session.", "session.tool.", "permission.", "form.", "strange."])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def names(path: Path) -> str:
    return path.stem


def ends_as(path: Path, some: list[Event]) -> bool:
    """Whether these events lead to what those of the recording lead to."""
    seen, whole = played(path, some), played(path)
    return seen.by_id == whole.by_id and items(seen) == items(whole)


def frame(kind: str, data: object, **more: object) -> str:
    return json.dumps({"id": "evt_strange", "created": 1, "type": kind, "data": data, **more})


@given(data=st.data())
def test_the_cuts_between_chunks_never_matter(data: st.DataObject) -> None:
    """Heartbeats, which are comments, and lines with U+2028 included."""
    path = data.draw(PATHS)
    body = path.read_bytes()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=40)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    response = httpx.Response(
        200,
        headers={"content-type": "text/event-stream"},
        content=iter(pieces),
        request=httpx.Request("GET", "http://127.0.0.1/api/event"),
    )
    assert list(frames(response)) == texts(path)


@given(data=st.data())
def test_what_is_not_known_changes_nothing(data: st.DataObject) -> None:
    path = data.draw(PATHS)
    told = texts(path)
    for _ in range(data.draw(st.integers(1, 5))):
        kind = data.draw(TELLING) + data.draw(st.text(st.characters(categories=["Ll"]), min_size=9))
        said = {"sessionID": session2(path), "assistantMessageID": "msg_x", "more": data.draw(JSON)}
        where = {"location": {"directory": PROJECT}} if data.draw(st.booleans()) else {}
        told.insert(data.draw(st.integers(0, len(told))), frame(kind, said, **where))
    assert ends_as(path, read2(told))


@given(data=st.data())
def test_other_sessions_change_nothing(data: st.DataObject) -> None:
    """Of this folder they are not of the transcript; of others they are not even read."""
    path, other = data.draw(PATHS), data.draw(PATHS.filter(lambda p: p != STREAMS2[0]))
    foreign = [t for t in texts(other) if json.loads(t)["type"] != "server.connected"]
    if session2(path) in "".join(foreign):
        return
    elsewhere = data.draw(st.booleans())
    if elsewhere:
        foreign = [t.replace(PROJECT, "/elsewhere") for t in foreign]
    told = texts(path)
    at = 0
    for one in foreign:
        at = data.draw(st.integers(at, len(told)))
        told.insert(at, one)
    assert ends_as(path, read2(told))


@pytest.mark.parametrize("path", STREAMS2, ids=names)
def test_of_another_folder_only_ends_without_words_are_read(path: Path) -> None:
    """The end of an execution names no folder: where nothing else was seen it tells nothing."""
    seen = read2(texts(path), "/elsewhere")
    assert {type(event).__name__ for event in seen} <= {"Connected", "TurnEnded", "SessionStatus"}
    assert [e for e in seen if getattr(e, "error", None)] == []


@pytest.mark.parametrize("path", STREAMS2, ids=names)
def test_a_frame_that_comes_twice_counts_once(path: Path) -> None:
    assert ends_as(path, read2([t for text in texts(path) for t in (text, text)]))


@pytest.mark.parametrize("path", JOINED2, ids=names)
def test_where_the_beginning_is_missing_the_record_wins(path: Path) -> None:
    seen = played(path)
    kept = with_record(seen, record(path), running=False)
    assert kept.messages() == recorded_end(path).messages()
    assert items(kept) == items(recorded_end(path))


@given(data=st.data())
def test_a_connection_that_was_lost_anywhere_ends_like_one_that_was_not(
    data: st.DataObject,
) -> None:
    """The next connection brings only what comes then, to a reader that knows nothing."""
    path = data.draw(PATHS)
    told = texts(path)
    first = data.draw(st.integers(0, len(told)))
    second = data.draw(st.integers(first, len(told)))
    seen = played(path, [*read2(told[:first]), *read2(told[second:])])
    assert with_record(seen, record(path), running=False).messages() == played(path).messages()


@pytest.mark.parametrize("path", STREAMS2, ids=names)
def test_a_text_never_changes_but_by_its_end(path: Path) -> None:
    """What is added by deltas is what the end tells whole: nothing jumps while it is read."""
    transcript = Transcript(session2(path))
    for event in events(path):
        before, transcript = transcript, reduce(transcript, event)
        if isinstance(event, PartDelta):
            part = transcript.part(event.message_id, event.part_id)
            known = before.part(event.message_id, event.part_id)
            if part and known:
                assert part.text == known.text + event.delta  # type: ignore[attr-defined]


def test_the_events_of_all_folders_name_theirs() -> None:
    path = next(p for p in STREAMS2 if p.stem == "tool_shell")
    read = EventReader(None, named=True)
    seen = [event for text in texts(path) for event in read(text)]
    assert {e.directory for e in seen if isinstance(e, GlobalEvent)} == {PROJECT}
    inner = [e.event for e in seen if isinstance(e, GlobalEvent)]
    assert ends_as(path, inner)


def test_a_session_that_is_deleted_while_it_works_is_told() -> None:
    path = next(p for p in CAPTURES2 if p.stem == "delete_mid")
    told = events(path)
    assert [e.info.id for e in told if isinstance(e, SessionDeleted)] == [session2(path)]
    last = next(e for e in reversed(told) if isinstance(e, MessageUpdated))
    assert last.info.error is not None
    assert last.info.error.aborted


@given(st.text(max_size=200) | st.builds(json.dumps, JSON))
def test_nothing_a_server_could_send_raises(text: str) -> None:
    for event in EventReader(None)(text):
        assert isinstance(event, Unknown)


@given(data=st.data())
def test_no_damage_to_a_frame_raises(data: st.DataObject) -> None:
    """A key that is missing, or of another type, costs that event, and not the stream."""
    path = data.draw(PATHS)
    told = texts(path)
    number = data.draw(st.integers(0, len(told) - 1))
    damaged = json.loads(told[number])
    inner = damaged.get("data") or damaged
    for name in data.draw(st.sets(st.sampled_from(sorted(inner)), min_size=1)):
        if data.draw(st.booleans()):
            inner.pop(name)
        else:
            inner[name] = data.draw(JSON)
    told[number] = json.dumps(damaged)
    transcript = reduce_all(Transcript(session2(path)), read2(told))
    assert with_record(transcript, record(path), running=False).messages() == tuple(
        record(path)[session2(path)]
    )
    items(transcript)
