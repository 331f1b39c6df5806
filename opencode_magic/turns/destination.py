"""Where a prompt goes: no data is sent silently to a hosted service that nobody has chosen."""

from __future__ import annotations

from ..client import Client
from ..errors import InputError
from ..model.agents import FREE_PROVIDER


def free_service(client: Client, model: str) -> str:
    """Say where prompts for a free model without a login go; "" for any other model."""
    if model.partition("/")[0] != FREE_PROVIDER:
        return ""
    found = next((p for p in client.config.providers().providers if p.id == FREE_PROVIDER), None)
    if found is None or not found.needs_no_login:
        return ""
    service = found.name or "OpenCode Zen"
    return (
        f"nobody is logged in, so prompts go to {model}, a free model hosted by the makers of "
        f"opencode ({service}), with all that they mention"
    )


def is_chosen(client: Client, model: str, *others: object) -> bool:
    """Return whether somebody chose a default model: in the configuration, or as in `others`."""
    return model in (client.config.get().model, *map(str, filter(None, others)))


def refuse_unchosen(client: Client, model: str, how: str, *others: object) -> None:
    """Raise InputError for a free hosted model that nobody chose.

    For places where nobody would see a note about it; `how` is the way to choose it.
    """
    where = free_service(client, model)
    if where and not is_chosen(client, model, *others):
        raise InputError(f"{where}; nothing was sent. To agree, choose it: {how}")
