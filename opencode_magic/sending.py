"""A prompt on its way to the server, sent once.

In a thread of its own: the server's blocking routes answer when all is done, and the others may
hang; neither may keep the cell from being stopped.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

from .client import OpenCode
from .client.ids import ids_after
from .errors import OpencodeError, UnreachableError
from .wire import Session

Kind = Literal["text", "command", "shell", "compact", "follow"]


@dataclass(frozen=True)
class Prompt:
    """What is to be sent: `text`, a `command` of the server (`/name args`) or for its `shell`.

    `compact` has the conversation summarised; its text is for the record. `follow` sends nothing:
    a turn that runs already is joined.
    """

    text: str
    kind: Kind = "text"
    model: str = ""
    agent: str = ""
    variant: str = ""
    window: int = 0
    """How many tokens the context of `model` holds, where that is known already."""


class Sending:
    """One prompt, from `start` until the server has answered the request.

    Parameters
    ----------
    newest:
        the id of the session's newest message, "" where it has none.
    """

    def __init__(self, client: OpenCode, session: Session, prompt: Prompt, newest: str) -> None:
        self._client = client
        self._session = session
        self._prompt = prompt
        self.message_id = ""
        """The id the prompt will have, "" where the server makes it."""
        self._part_id = ""
        if prompt.kind == "text":
            self.message_id, self._part_id = ids_after(newest, session.time.created)
        self.refused: OpencodeError | None = None
        """Why the server did not take it, for certain."""
        self.lost: UnreachableError | None = None
        """The line broke: nobody knows whether it arrived, so it is never sent again."""
        self._thread = threading.Thread(target=self._run, name="opencode-prompt", daemon=True)

    def start(self) -> None:
        """Send it."""
        self._thread.start()

    @property
    def blocking(self) -> bool:
        """True where the request is answered when the turn has ended."""
        return self._prompt.kind != "text"

    @property
    def waits(self) -> bool:
        """True while the request is not answered."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._send()
        except UnreachableError as error:
            if error.sent:
                self.lost = error
            else:
                self.refused = error
        except OpencodeError as error:
            self.refused = error

    def _send(self) -> None:
        prompt, sessions, session = self._prompt, self._client.session, self._session.id
        match prompt.kind:
            case "shell":
                sessions.shell(session, prompt.text, agent=prompt.agent)
            case "compact":
                sessions.summarize(session, model=prompt.model)
            case "command":
                name, _, arguments = prompt.text.partition(" ")
                sessions.command(session, name, arguments, model=prompt.model, agent=prompt.agent)
            case _:
                part = {"type": "text", "text": prompt.text}
                sessions.prompt_async(
                    session,
                    {**part, "id": self._part_id} if self._part_id else part,
                    model=prompt.model,
                    agent=prompt.agent,
                    variant=prompt.variant,
                    message_id=self.message_id,
                )
