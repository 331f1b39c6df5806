"""The settings of the user, as this room reads them: the traits of the magics."""

from __future__ import annotations

from typing import Protocol

from ..kernel.offering import KernelMode
from ..policy.grants import Mode


class Settings(Protocol):
    """The configured defaults, read at each use."""

    base_url: str
    opencode: str
    model: str
    variant: str
    agent: str
    permission: Mode
    answer_timeout_s: float
    start_timeout_s: float
    review: bool
    quiet: bool
    kernel: KernelMode
    accept_shell: bool
    accept_migration: bool
