"""Checks before a prompt is sent: a mistake is told at once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..client import Client
from ..errors import InputError
from ..model.agents import Agent, ServerCommand
from ..text.near import near

MOST_CHARACTERS = 2_000_000  # about half a million tokens: more than models read


def check_prompt(text: str) -> None:
    """Raise InputError for a text that cannot be a prompt."""
    if not text.strip():
        raise InputError("no prompt: write what you want below %%opencode; `/help` lists commands")
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"the prompt has {len(text) / 1e6:.1f} million characters, more than any model "
            "reads; put it into a file of the project and name the file"
        )


@dataclass(frozen=True)
class UsableModel:
    """A model as `provider/model`, and how many tokens its context holds; 0 is not known."""

    name: str
    window: int = 0
    images: bool = True
    """Whether it takes images."""


def check_model(
    client: Client, model: str, variant: str = "", *, otherwise: Sequence[str] = ()
) -> UsableModel:
    """Return the model to ask; raise InputError, with the nearest names, where it is not usable.

    Parameters
    ----------
    model:
        as `provider/model`. "" is the first of `otherwise` that is usable, else the configured
        model, else the default of the first usable provider.
    variant:
        a reasoning effort, which the model must offer.
    otherwise:
        models to prefer to the configured one.
    """
    usable = client.config.providers()
    if not usable.providers:
        raise InputError(
            "no model is usable: log a provider in with `opencode auth login`, or set its API key "
            "in the environment, and run `%opencode /stop` so that the server is started again"
        )
    names = {f"{p.id}/{m}": info for p in usable.providers for m, info in p.models.items()}
    model = model or next((m for m in otherwise if m in names), "")
    if not model:
        configured = client.config.get().model
        first = usable.providers[0].id
        model = configured or f"{first}/{usable.default.get(first, '')}"
        if model not in names:
            raise InputError(
                f"the configured model {model!r} is not usable; choose one with -m: "
                + near(model, names)
            )
    if model not in names:
        raise InputError(f"no model {model!r}; nearest: {near(model, names)}")
    offered = names[model].variants or {}
    if variant and variant not in offered:
        raise InputError(
            f"model {model} has no variant {variant!r}; it has {', '.join(offered) or 'none'}"
        )
    return UsableModel(model, names[model].window, names[model].images)


def check_agent(client: Client, agents: Iterable[Agent], agent: str) -> Agent:
    """Return the one of `agents` to talk to; raise InputError with those a prompt can go to.

    "" gives the configured default, else `build`, else the first there is, as the server does.
    """
    usable = {a.name: a for a in agents if a.mode != "subagent" and not a.hidden}
    if not agent:
        wanted = client.config.get().default_agent or "build"
        agent = wanted if wanted in usable else next(iter(usable), "")
    if agent not in usable:
        raise InputError(f"no agent {agent!r} to talk to; there is {', '.join(usable) or 'none'}")
    return usable[agent]


def check_command(client: Client, name: str, ours: Iterable[str]) -> ServerCommand:
    """Return the server's slash command; raise InputError with the nearest names, `ours` too."""
    known = {c.name: c for c in client.commands()}
    if name not in known:
        nearest = near(f"/{name}", [f"/{other}" for other in (*ours, *known)])
        raise InputError(
            f"no command /{name}; nearest: {nearest}. To send it as text, write \\/{name}"
        )
    return known[name]
