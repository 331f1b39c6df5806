"""The messages of a session of OpenCode 2, as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import NotFoundError, OpencodeError
from ...model.messages import Message, MessageFolder
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import messages as contract
from ..given import message_id, quoted
from ..likes import MessageLike, SessionLike
from ..resource import operation, uses
from . import listed
from .bodies import at
from .told import number, objects

if TYPE_CHECKING:
    from ..transport import Connection

PAGE = 200  # messages; the server gives no more at once


class Messages2(contract.Messages):
    """The messages of sessions. A session is given by its id or as it was returned."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._roots: dict[str, str] = {}
        """By a folder, the root of its repository."""

    @operation("GET /api/session/{sessionID}/message")
    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        # The end of each turn is listed, too, and is nothing to read.
        size = PAGE if limit is None else min(2 * limit + 1, PAGE)
        found: list[Mapping[str, Any]] = []
        for page in self._pages(session, size):
            found[:0] = page
            if limit is not None and len(read := self._read(session, found)) >= limit:
                return read[-limit:]
        return self._read(session, found)

    @uses("GET /api/session/{sessionID}/message")
    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        pages = list(self._pages(session, PAGE))
        return [one for page in reversed(pages) for one in page]

    @uses("GET /api/session/{sessionID}/message")
    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
        for page in self._pages(session, min(size, PAGE)):
            yield self._read(session, page)

    @uses("GET /api/session/{sessionID}/message")
    def messages_after(self, session: SessionLike, after: str) -> Sequence[Message]:
        """Return the messages of `session` after a place, which is the `order` of a message."""
        found: list[Mapping[str, Any]] = []
        for page in self._pages(session, PAGE):
            found[:0] = page
            if after and any(listed.order_of(one) <= after for one in page):
                break
        return [m for m in self._read(session, found) if not after or m.info.order > after]

    @uses("GET /api/session/{sessionID}/message")
    def newest(self, session: SessionLike) -> str:
        """Return the `order` of the newest message of `session`, "" where it has none."""
        page = next(self._pages(session, 1), [])
        # One that also answers is read as two, of which the answer comes later.
        read = (m.info.order for m in self._read(session, page))
        return max((*map(listed.order_of, page), *read), default="")

    def worked_on_since(self, session: SessionLike) -> float:
        """Return when something last happened in an open answer of `session`, 0 where none is.

        In milliseconds since the epoch. A server that was killed leaves an answer open for ever.
        """
        (last,) = next(self._pages(session, 1), [{}])
        if last.get("type") != "assistant" or dig(last, "time", "completed"):
            return 0
        items = last.get("content")
        times = [last.get("time"), *(one.get("time") for one in items or () if one)]
        told = (value for time in times if isinstance(time, Mapping) for value in time.values())
        return max(map(number, told), default=0)

    def _pages(self, session: SessionLike, size: int) -> Iterator[list[Mapping[str, Any]]]:
        params: dict[str, str | int | None] = {"limit": size, "order": "desc"}
        while True:
            path = at(session, "/message")
            answer = self._call("GET", path, dict[str, Any], params=params)
            page = objects(answer.get("data"))
            if page:
                yield page[::-1]
            # There is a cursor on the last page, too, which leads to an empty one.
            cursor = as_text(dig(answer, "cursor", "next"))
            if not cursor or len(page) < size:
                return
            params = {"limit": size, "cursor": cursor}

    def _read(self, session: SessionLike, found: Sequence[Mapping[str, Any]]) -> list[Message]:
        id = session if isinstance(session, str) else session.id
        ours = self.connection.directory or ""
        directory = ours if isinstance(session, str) else session.directory or ours
        # The folder of another session is not asked for: the server would load what lies there.
        root = self.root(directory) if directory == ours else directory
        return listed.messages(id, MessageFolder(directory, root), found)

    def root(self, directory: str) -> str:
        """Return the root of the repository that `directory` lies in, else the folder itself."""
        if directory not in self._roots:
            params = self.connection.reading.scope(directory)
            try:
                place = self._call("GET", "/api/location", dict[str, Any], params=params)
            except OpencodeError:
                return directory
            self._roots[directory] = as_text(dig(place, "project", "directory"))
        return self._roots[directory] or directory

    @operation("GET /api/session/{sessionID}/message/{messageID}")
    def message(self, session: SessionLike, message: MessageLike) -> Message:
        wanted = message_id(message)
        found = self._data("GET", at(session, f"/message/{quoted(wanted.partition(':')[0])}"))
        read = [m for m in self._read(session, [found]) if m.info.id == wanted]
        if not read:
            raise NotFoundError(f"message {wanted} has nothing to show", status=200)
        found_one: Message = read[0]
        return found_one

    def _data(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Any:
        """Return what an answer holds as its `data`."""
        answer = self._call(method, path, dict[str, Any], params=params, json=json)
        return answer.get("data", answer)
