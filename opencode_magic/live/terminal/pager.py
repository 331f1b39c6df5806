"""The user's pager, for a long text that they ask for."""

from __future__ import annotations

import os
import shlex
import subprocess

from ...signals import deaf


def page(text: str) -> bool:
    """Show text with our colours in $PAGER or `less`, and wait; return False if none starts."""
    try:
        command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    except ValueError:
        command = ["less"]
    # For less: let colours through, but nothing else that a terminal obeys.
    env = {**os.environ, "LESS": f"{os.environ.get('LESS', '')} -R".strip()}
    with deaf():  # Ctrl-C reaches pager and kernel alike, but is meant for the pager
        try:
            subprocess.run(command, input=text.encode("utf-8", "replace"), env=env, check=False)
        except OSError:
            return False
    return True
