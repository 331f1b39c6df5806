"""A small synchronous client of the server's HTTP API.

Its routes are those of `protocol.v1`. Asking a turn is done by `api`, which builds on it.
"""

from __future__ import annotations

from ..protocol.transport import USERNAME, Connection
from .client import Client
from .login import BASE_URL, Login, login_of

__all__ = ["BASE_URL", "USERNAME", "Client", "Connection", "Login", "login_of"]
