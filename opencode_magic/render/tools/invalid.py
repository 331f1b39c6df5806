"""A call the model got wrong: an unknown tool, or arguments that are no JSON."""

from __future__ import annotations

from .call import Call, Look, code


def look(call: Call) -> Look:
    body = code(call.text("error") or call.output)
    return Look("Wrong call of", call.text("tool") or "a tool", "", body, "failed")
