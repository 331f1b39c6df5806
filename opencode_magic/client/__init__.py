"""A small synchronous client of the server's HTTP API.

Paths, field names and the rules of their use stay in here and in `wire`, `facts`, `events` and
`stream`; nobody else knows them.
"""

from __future__ import annotations

from ..protocol.transport import USERNAME, Connection
from .client import Client
from .login import Login, login_of

__all__ = ["USERNAME", "Client", "Connection", "Login", "login_of"]
