"""An answer in the form the user asked for."""

from __future__ import annotations

from .call import Call, Look, code


def look(call: Call) -> Look:
    body = code(call.part.state.input, "json")
    return Look("Answer", "in the form that was asked for", "", body, open=True)
