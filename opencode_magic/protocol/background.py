"""The background service of a user: only OpenCode 2 has one."""

from __future__ import annotations

from .v2.service import BackgroundService as BackgroundService
from .v2.service import background_service as background_service
