"""Which of the kernel's tools agents are offered, and on which server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from ..errors import InputError
from ..text.redact import Redactor

if TYPE_CHECKING:
    from ..client import Client
    from .tools_server import LivingKernel

KernelMode = Literal["read", "run", "off"]
KERNEL_MODES: tuple[KernelMode, ...] = ("read", "run", "off")

MISSING = "the kernel's tools need the MCP library: `pip install 'opencode-magic[kernel]'`"


def installed() -> bool:
    """Return whether the library that serves the tools is there."""
    return all(find_spec(name) is not None for name in ("mcp", "mcp_types", "uvicorn"))


def _import_server() -> None:
    with suppress(Exception):  # a broken library is reported where it is needed
        import_module(f"{__package__}.server")


class Offering:
    """The kernel's tools of one notebook, on the server in use.

    Parameters
    ----------
    make:
        makes the object that offers the kernel; None where there is no kernel.
    configured:
        returns the mode to use if nothing was chosen.
    """

    def __init__(
        self, make: Callable[[], LivingKernel] | None, configured: Callable[[], KernelMode]
    ) -> None:
        self.chosen: KernelMode | None = None
        """The mode that `/kernel` chose for this notebook; None is "as configured"."""
        self.shared = False
        """Whether the user agreed to offer the tools on the current server, which others use."""
        self._make = make
        self._configured = configured
        self._living: LivingKernel | None = None

    @property
    def living(self) -> LivingKernel | None:
        """The kernel while its tools are served, else None."""
        return self._living if self._living is not None and self._living.listens else None

    @property
    def redact(self) -> Redactor:
        """A redactor that takes out the token."""
        return self._living.redact if self._living is not None else Redactor()

    def choose(self, mode: KernelMode) -> None:
        """Offer this from the next prompt on, whatever is configured."""
        self.chosen = mode

    def agree(self) -> None:
        """Offer the tools on the current server, although others see them there."""
        self.shared = True

    def withdraw(self) -> None:
        """Take that agreement back: the next server is another one."""
        self.shared = False

    def mode(self, option: KernelMode | None, *, ours: bool) -> KernelMode:
        """Return what the next prompt offers.

        Parameters
        ----------
        option:
            the mode given with the prompt; None for the chosen or configured one.
        ours:
            whether the server belongs to this notebook alone.

        Raises
        ------
        InputError
            if a mode was asked for that cannot be had; one that is only configured becomes `off`.
        """
        wanted = option or self.chosen
        if wanted in ("read", "run"):
            self.check()
        if not ours and not self.shared:
            if option in ("read", "run"):
                raise InputError(
                    "every session of this server would see the kernel's tools: "
                    f"`%opencode /kernel {option}` asks you first"
                )
            return "off"
        if wanted is None and (self._make is None or not installed()):
            return "off"
        return wanted or self._configured()

    def check(self) -> None:
        """Raise an InputError if the kernel cannot be offered."""
        if self._make is None:
            raise InputError("there is no kernel here that could be offered")
        if not installed():
            raise InputError(MISSING)

    def prepare(self) -> None:
        """Import the library while a server starts, which takes three times as long."""
        if self.mode(None, ours=True) != "off":
            threading.Thread(
                target=_import_server, name="opencode-magic-import", daemon=True
            ).start()

    def offer(self, client: Client, option: KernelMode | None, *, ours: bool) -> None:
        """Make sure that the server has the tools that are wanted, and no others."""
        mode = self.mode(option, ours=ours)
        if mode == "off" or self._make is None:
            self.close()
            return
        self._living = self._living or self._make()
        self._living.offer(client, mode)

    def close(self) -> None:
        """Take the tools back, and stop serving them."""
        if self._living is not None:
            self._living.close()
