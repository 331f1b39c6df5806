"""The messages of a session, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError, ModelError, ServerError
from ...model.agents import Agent, Providers
from ...model.messages import Message
from ..contract import messages as contract
from ..given import filled, message_id, quoted
from ..likes import (
    Content,
    MessageLike,
    ModelLike,
    PromptOptions,
    SessionLike,
)
from ..resource import operation, spelled_out, uses
from .bodies import at, model_of_prompt, prompt_body

if TYPE_CHECKING:
    from typing_extensions import Unpack

PAGE = 100  # messages
CURSOR = "x-next-cursor"


class Messages1(contract.Messages):
    """The messages of sessions. A session is given by its id or as it was returned."""

    @operation("GET /session/{sessionID}/message")
    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        params = {"limit": limit}
        return self._call("GET", at(session, "/message"), list[Message], params=params)

    @uses("GET /session/{sessionID}/message")
    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        return self._call("GET", at(session, "/message"), list[dict[str, Any]])

    @uses("GET /session/{sessionID}/message")
    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
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
        path = at(session, f"/message/{quoted(message_id(message))}")
        return self._call("GET", path, Message)

    @operation("DELETE /session/{sessionID}/message/{messageID}")
    def delete_message(self, session: SessionLike, message: MessageLike) -> None:
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
        # This route alone takes the model as one word.
        options = {"model": str(model), "agent": agent, "variant": variant}
        body = {**filled(options), "command": name, "arguments": arguments}
        return self._wait_for("POST", at(session, "/command"), Message, json=body)

    @operation("POST /session/{sessionID}/shell")
    def shell(
        self, session: SessionLike, command: str, *, agent: str = "", model: ModelLike = ""
    ) -> Message:
        body = {"agent": agent or "build", "command": command, "model": model_of_prompt(model)}
        return self._wait_for("POST", at(session, "/shell"), Message, json=filled(body))

    @operation("POST /session/{sessionID}/permissions/{permissionID}")
    def answer_permission(self, session: SessionLike, request_id: str, response: str) -> None:
        path = at(session, f"/permissions/{quoted(request_id)}")
        self._call("POST", path, object, json={"response": response})

    def _explain(self, error: ServerError, model: ModelLike, agent: str) -> None:
        """Raise InputError for an unknown agent or model, to which the server says "unexpected"."""
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
