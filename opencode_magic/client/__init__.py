"""A small synchronous client of the server's HTTP API.

Paths, field names and the rules of their use stay in here and in `wire`, `facts`, `events` and
`stream`; nobody else knows them.
"""

from __future__ import annotations

from ..protocol.transport import USERNAME, Connection
from .login import Login, login_of
from .opencode import OpenCode

__all__ = ["USERNAME", "Connection", "Login", "OpenCode", "login_of"]
