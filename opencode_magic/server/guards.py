"""The guard of each major."""

from __future__ import annotations

from .guard import Guard
from .guard1 import Guard1
from .guard2 import Guard2

GUARDS: dict[int, type[Guard]] = {1: Guard1, 2: Guard2}
"""By major."""
