"""Work that was given to a subagent; its own rows stand under this one."""

from __future__ import annotations

from ..blocks import Block, Fold, Plain
from ..visible import shorten
from .call import Call, Look


def look(call: Call) -> Look:
    prompt = call.text("prompt")
    body: tuple[Block, ...] = ()
    if prompt.strip():
        body = (Fold("What it was told", (Plain(shorten(prompt)),), "prompt"),)
    agent = call.text("subagent_type")
    return Look("Delegate", call.text("description") or call.title, agent, body)
