"""scikit-learn's models: their parameters, and what they have learnt."""

from __future__ import annotations

import types
from typing import Any

from .classes import attributes, class_name, in_class
from .description import Description, register
from .looking import Look


@register("sklearn", "BaseEstimator")
def _estimator(value: Any, look: Look) -> Description:
    what = class_name(value)
    held = attributes(value)
    own = in_class(value, "__init__")
    parameters: list[str] = []
    if type(own) is types.FunctionType:
        code = own.__code__
        taken = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        parameters = [n for n in taken if n in held]
    learnt = [n for n in held if n.endswith("_") and not n.startswith("_")]
    label = f"{what}, {'fitted' if learnt else 'not fitted'}"
    lines = [f"{label} (scikit-learn)"]
    lines += [f"  {n} = {look.brief(held[n], n, depth=2)}" for n in parameters]
    if learnt:
        lines.append("learnt:")
        lines += [f"  {n}: {look.brief(held[n], n, depth=2)}" for n in learnt]
    return Description("\n".join(lines), label)
