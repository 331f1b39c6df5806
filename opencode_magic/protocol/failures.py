"""The failures of a request as httpx raises them, told in our words. Pure."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from ..errors import InputError, UnreachableError
from .proxies import ProxySetting, way_out

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told(what: str, base_url: str, host: str, proxy: ProxySetting | None) -> Iterator[None]:
    """Raise ours for httpx's exceptions, in words that name the server.

    Parameters
    ----------
    what:
        the request, e.g. `GET /event`.
    base_url, host:
        the server's address, and its host alone.
    proxy:
        the proxy on the way to it.
    """
    through = f", through {proxy}" if proxy else ""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        timed_out = isinstance(error, httpx.ConnectTimeout)
        if proxy is not None:
            words = "no answer in time" if timed_out else _words(error)
            # `from None`: what httpx says of a proxy may hold its password.
            raise UnreachableError(
                f"{base_url} was not reached: {proxy} did not let us through ({words}); "
                f"{way_out(proxy, host)}",
                sent=False,
                timed_out=timed_out,
            ) from None
        if timed_out:
            raise _too_late(base_url) from error
        raise UnreachableError(
            f"nothing answers at {base_url} ({_words(error)}); is the server running?", sent=False
        ) from error
    except httpx.PoolTimeout as error:
        raise _too_late(base_url) from error
    except httpx.TimeoutException as error:
        raise UnreachableError(
            f"{base_url} did not answer {what} in time{through}; {_then(what)}", timed_out=True
        ) from error
    except httpx.UnsupportedProtocol as error:
        raise InputError(f"{base_url} is not an http address") from error
    except httpx.TransportError as error:
        raise UnreachableError(
            f"the connection to {base_url} broke during {what}{through} ({_words(error)}); "
            f"{_then(what)}"
        ) from error


def _too_late(base_url: str) -> UnreachableError:
    return UnreachableError(
        f"no connection to {base_url} in time; is the server overloaded?",
        sent=False,
        timed_out=True,
    )


def _then(what: str) -> str:
    """Return what to do after a request that may have been carried out, or not."""
    if what.startswith("GET "):
        return "try again, or restart the server"
    return "it may have been carried out, so it was not sent again: look before you repeat it"


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
