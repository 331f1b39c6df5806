"""Addresses of servers, as people write them. Pure."""

from __future__ import annotations

import ipaddress

import httpx

from ..errors import InputError
from ..text.characters import halves


def parse_address(base_url: str) -> httpx.URL:
    """Return an address, `http://` where it names no scheme; raise InputError for none."""
    text = base_url.strip()
    if halves(text):
        raise InputError(f"{_without_password(text)!r} is not an address: it is not UTF-8")
    if "://" not in text:
        text = f"http://{text}"
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InputError(f"{_without_password(text)!r} is not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        shown = _without_password(text)
        raise InputError(f"{shown!r} is not an http address; try http://127.0.0.1:4096")
    return url


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or number."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_place(text: str) -> None:
    """Raise InputError for a name or path that is not UTF-8, which no server can be told."""
    if halves(text):
        raise InputError(
            f"{text!r} cannot be told to the server, as it is not UTF-8; rename it, or choose "
            "another"
        )
