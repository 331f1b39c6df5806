"""Something on its way to the server, sent once: a prompt, or a word that is added to a turn.

In a thread of its own: some requests are answered when all is done, and the others may hang;
neither may keep the cell from being stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import OpencodeError, UnforeseenError, UnreachableError
from ..model.messages import Message
from ..text.redact import Redactor


class Sending:
    """One request, from `start` until the server has answered it.

    Parameters
    ----------
    what, send:
        what is sent, in words, and sends it.
    redact:
        takes our secrets out of what is said of a fault.
    """

    def __init__(self, what: str, send: Callable[[], Message | None], redact: Redactor) -> None:
        self._what = what
        self._send = send
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
    def waits(self) -> bool:
        """Whether the request is not answered yet."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.reply = self._send()
        except UnreachableError as error:
            if error.sent:
                self.lost = error
            else:
                self.refused = error
        except OpencodeError as error:
            self.refused = error
        except Exception as error:  # unforeseen: whoever waits for it must hear of it
            self.refused = UnforeseenError(f"sending {self._what}", error, self._redact)
