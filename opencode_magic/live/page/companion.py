"""One invisible widget for each kernel, which serves our static outputs while it lives.

What is saved is static. In the page the companion finds it by its classes and adds what a reader
can do with it: copy, compare side by side, browse a tree, read the rest of a long text. For the
last two an output carries the id of a handler here, which the page asks. A saved notebook holds no
trace of it, and without widgets only the extras are missing.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import traitlets

from ...errors import OpencodeError
from ..front import script, style
from .bridge import is_new
from .handlers import Handler
from .private import nobody_answers
from .widget import OwnWidget

MOST_HANDLERS = 1000  # outputs that are still served; the oldest go first


class Companion(OwnWidget):
    """Serves the page's requests for more.

    Requests come by the widget's own messages, on whatever thread the kernel handles those, or are
    given to `take` by the surface that reads them while a cell runs; one may come both ways.
    """

    _esm = script("common", "copy", "sides", "more", "tree", "trees", "companion")
    _css = style("theme", "blocks", "controls", "companion", "tree")
    key = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(key=secrets.token_hex(6))
        self.page_shows_widgets = False  # until a page has answered, in any turn
        self._handlers: OrderedDict[str, Handler] = OrderedDict()
        self._numbers = itertools.count()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self.on_msg(self._on_msg)

    def register(self, handler: Handler) -> str:
        """Serve an output by `handler`, and return the id that the output's HTML must carry."""
        host = f"{self.key}-{next(self._numbers)}"
        with self._lock:
            self._handlers[host] = handler
            while len(self._handlers) > MOST_HANDLERS:
                self._handlers.popitem(last=False)
        return host

    def take(self, message: Mapping[str, Any]) -> bool:
        """Answer one message of the page; return False if it is no request."""
        nonce, host, request = (message.get(name) for name in ("nonce", "id", "request"))
        if message.get("k") != "call" or not isinstance(nonce, str) or not isinstance(host, str):
            return False
        with self._lock:
            new = is_new(nonce, self._done)
            handler = self._handlers.get(host)
        if new:
            self.send({"to": nonce, **_answer(handler, request)})
        return True

    def _on_msg(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict):
            self.take(content)


def _answer(handler: Handler | None, request: Any) -> dict[str, Any]:
    if handler is None:
        return {"error": "This output is too old to be served. Run its cell again."}
    if not isinstance(request, dict):
        return {"error": "That is no request."}
    try:
        return {"reply": handler(request)}
    except OpencodeError as error:
        return {"error": error.message}


class Companions:
    """The companion of this kernel, made when it is first needed, if there may be a page."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._companion: Companion | None = None

    def get(self) -> Companion | None:
        """Return the companion; None in a terminal, and if a runner executes the notebook."""
        kernel = getattr(self._shell, "kernel", None)
        if kernel is None or nobody_answers(kernel):
            return None
        if self._companion is None:
            self._companion = Companion()
        return self._companion

    def close(self) -> None:
        """Take it off the page."""
        companion, self._companion = self._companion, None
        if companion is not None:
            companion.close()
