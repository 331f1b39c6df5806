"""The code of the page: plain scripts and styles, each with one purpose, joined into one module.

A widget is sent as one ES module, so the parts share one scope instead of importing each other:
only the last one exports.
"""

from __future__ import annotations

from pathlib import Path


def script(*names: str, kind: str = "js") -> str:
    """Return the named scripts as one module, in this order."""
    files = (Path(__file__).with_name(f"{name}.{kind}") for name in names)
    return "\n".join(file.read_text("utf-8") for file in files)


def style(*names: str) -> str:
    """Return the named style sheets as one, in this order."""
    return script(*names, kind="css")
