"""A prompt on its way to the server, sent once.

In a thread of its own: some requests are answered when all is done, and the others may hang;
neither may keep the cell from being stopped.
"""

from __future__ import annotations

import threading

from ..errors import OpencodeError, UnforeseenError, UnreachableError
from ..model.messages import Message
from ..model.prompt import Prompt
from ..model.sessions import Session
from ..protocol.dialect import Dialect, PromptIds
from ..text.redact import Redactor


class Sending:
    """One prompt, from `start` until the server has answered the request.

    Parameters
    ----------
    dialect, session, prompt, ids:
        what is sent, where to, and under which ids.
    redact:
        takes our secrets out of what is said of a fault.
    """

    def __init__(
        self, dialect: Dialect, session: Session, prompt: Prompt, ids: PromptIds, redact: Redactor
    ) -> None:
        self._dialect = dialect
        self._session = session
        self._prompt = prompt
        self._ids = ids
        self._redact = redact
        self.refused: OpencodeError | None = None
        """Why the server did not take it, for certain."""
        self.reply: Message | None = None
        """The last message of a turn whose answer has a form."""
        self.lost: UnreachableError | None = None
        """The line broke: nobody knows whether it arrived, so it is never sent again."""
        self._thread = threading.Thread(target=self._run, name="opencode-prompt", daemon=True)

    def start(self) -> None:
        """Send it."""
        self._thread.start()

    @property
    def at_end(self) -> bool:
        """Whether the request is only answered when the turn has ended."""
        return self._dialect.answers_at_end(self._prompt)

    @property
    def waits(self) -> bool:
        """Whether the request is not answered yet."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.reply = self._dialect.submit(self._session, self._prompt, self._ids)
        except UnreachableError as error:
            if error.sent:
                self.lost = error
            else:
                self.refused = error
        except OpencodeError as error:
            self.refused = error
        except Exception as error:  # unforeseen: whoever waits for it must hear of it
            self.refused = UnforeseenError("sending the prompt", error, self._redact)
