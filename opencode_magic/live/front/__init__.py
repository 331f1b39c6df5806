"""What runs in the page: plain scripts and styles, each with one purpose, joined into one module.

A widget is sent as one ES module, so the parts share one scope instead of importing each other:
only the last one exports.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent


@lru_cache
def script(*names: str) -> str:
    """The named scripts as one module, in this order."""
    return _joined(names, "js")


@lru_cache
def style(*names: str) -> str:
    """The named style sheets as one, in this order."""
    return _joined(names, "css")


def _joined(names: tuple[str, ...], kind: str) -> str:
    return "\n".join((_HERE / f"{name}.{kind}").read_text("utf-8") for name in names)
