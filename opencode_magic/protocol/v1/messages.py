"""The messages of a session, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError, ModelError, ServerError
from ...model.agents import Agent, Providers
from ...model.messages import Message
from ..likes import (
    Content,
    MessageLike,
    ModelLike,
    PromptOptions,
    SessionLike,
)
from ..resource import Resource, operation, spelled_out
from .bodies import (
    at,
    filled,
    message_id,
    model_of_prompt,
    prompt_body,
    quoted,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

PAGE = 100  # messages
CURSOR = "x-next-cursor"


class Messages(Resource):
    """The messages of sessions. A session is taken by its id or as it was returned."""

    @operation("GET /session/{sessionID}/message")
    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        """The newest `limit` messages (all by default), oldest first.

        Servers up to 1.18.33 answer 400 for ever once a message used a `format`: such a session is
        to be read message by message.
        """
        params = {"limit": limit}
        return self._call("GET", at(session, "/message"), list[Message], params=params)

    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        """All messages as the server has them, with the fields we do not read. See `messages`."""
        return self._call("GET", at(session, "/message"), list[dict[str, Any]])

    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
        """The messages page by page, the newest page first, each oldest first.

        Read on demand, but at once where the server marks no pages (1.1).
        """
        if "message-cursor" not in self.connection.capabilities:
            left = list(self.messages(session))
            while left:
                yield left[-size:]
                del left[-size:]
            return
        before: str | None = None
        while True:
            params = {"limit": size, "before": before}
            response = self.connection.respond("GET", at(session, "/message"), params=params)
            page = self.connection.read(response, list[Message])
            if page:
                yield page
            before = response.headers.get(CURSOR)
            if not before or not page:
                return

    @operation("GET /session/{sessionID}/message/{messageID}")
    def message(self, session: SessionLike, message: MessageLike) -> Message:
        """One message with its parts."""
        path = at(session, f"/message/{quoted(message_id(message))}")
        return self._call("GET", path, Message)

    @operation("DELETE /session/{sessionID}/message/{messageID}")
    def delete_message(self, session: SessionLike, message: MessageLike) -> None:
        """Delete one message; files stay as they are. NotFoundError where there is none."""
        self.connection.need("message-delete")
        self.message(session, message)  # the server says `true` to anything
        self._call("DELETE", at(session, f"/message/{quoted(message_id(message))}"), object)

    @spelled_out(PromptOptions)
    @operation("POST /session/{sessionID}/message")
    def prompt(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        *,
        timeout_s: float | None = None,
        **options: Unpack[PromptOptions],
    ) -> Message:
        """Send a prompt and wait for the answer: the last message of the turn.

        Nobody can answer what the turn asks meanwhile; `OpenCode.ask` can.

        Parameters
        ----------
        content:
            text, a file's path, a part as a mapping, or several of these.
        timeout_s:
            how long to wait, in seconds; None is as long as it takes.
        options:
            who answers and how, see `PromptOptions`.

        Raises ModelError where the model failed (the server says 200 to that), InputError where
        agent or model do not exist (the server says 500).
        """
        body = prompt_body(content, options)
        try:
            reply = self._wait_for(
                "POST", at(session, "/message"), Message, json=body, timeout_s=timeout_s
            )
        except ServerError as error:
            self._explain(error, options.get("model", ""), options.get("agent", ""))
            raise
        if (failure := reply.info.error) is not None:
            raise ModelError(f"{failure.name}: {failure.data.message}".rstrip(": "), reply=reply)
        return reply

    @spelled_out(PromptOptions)
    @operation("POST /session/{sessionID}/prompt_async")
    def prompt_async(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        **options: Unpack[PromptOptions],
    ) -> None:
        """Hand a prompt over; what comes of it is seen on the event stream only. See `prompt`."""
        body = prompt_body(content, options)
        self._call("POST", at(session, "/prompt_async"), type(None), json=body)

    @operation("POST /session/{sessionID}/command")
    def command(
        self,
        session: SessionLike,
        name: str,
        arguments: str = "",
        *,
        model: ModelLike = "",
        agent: str = "",
        variant: str = "",
    ) -> Message:
        """Run one of the server's slash commands; its answer, when it is done."""
        # This route alone takes the model as one word.
        options = {"model": str(model), "agent": agent, "variant": variant}
        body = {**filled(options), "command": name, "arguments": arguments}
        return self._wait_for("POST", at(session, "/command"), Message, json=body)

    @operation("POST /session/{sessionID}/shell")
    def shell(
        self, session: SessionLike, command: str, *, agent: str = "", model: ModelLike = ""
    ) -> Message:
        """Run a shell command of the user's in the session; answers when it has ended.

        The server does not tell the exit code. BusyError while a turn runs.
        """
        body = {"agent": agent or "build", "command": command, "model": model_of_prompt(model)}
        return self._wait_for("POST", at(session, "/shell"), Message, json=filled(body))

    @operation("POST /session/{sessionID}/permissions/{permissionID}")
    def answer_permission(self, session: SessionLike, request_id: str, response: str) -> None:
        """Answer a permission the older way: `once`, `always` or `reject`.

        `session` is the one that asks, which may be a subagent's. `always` counts for the whole
        project until the server ends.
        """
        path = at(session, f"/permissions/{quoted(request_id)}")
        self._call("POST", path, object, json={"response": response})

    def _explain(self, error: ServerError, model: ModelLike, agent: str) -> None:
        """The server says only "unexpected" to an agent or model it does not know."""
        if error.name != "UnknownError":
            return
        if agent and agent not in {a.name for a in self._call("GET", "/agent", list[Agent])}:
            raise InputError(f"the server has no agent {agent!r}; `/agents` lists them") from error
        if model:
            usable = self._call("GET", "/config/providers", Providers).providers
            if str(model) not in {f"{p.id}/{name}" for p in usable for name in p.models}:
                raise InputError(
                    f"the server has no model {str(model)!r}; `/models` lists them"
                ) from error
