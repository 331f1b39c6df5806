"""An address that nobody is to visit: it answers, and keeps what came."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Trap:
    """An HTTP server on a free port of this machine, from its creation to `close()`."""

    def __init__(self) -> None:
        came = self.came = list[str]()
        """The first line and the headers of each request."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                came.append(f"{self.requestline}\n{self.headers}")
                self.send_response(200)
                self.end_headers()

            do_POST = do_GET  # noqa: N815  # as http.server calls it

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Trap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
