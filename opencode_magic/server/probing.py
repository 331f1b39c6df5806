"""Whether a server asks about shell text in which it recognises no command: seen, not believed.

The guard plays a model in a folder of ours (see probe.js), which gives the shell `> canary`.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

from ..client import Client
from ..errors import UnguardedError
from ..model.tools import permission_kind
from ..protocol.hosting import first_ask
from ..text.shellline import WORD
from .trust import survey

NAME = "opencode-magic-probe"
CANARY = "canary"

NOT_ASKED = (
    "this opencode runs shell text that nobody was asked about, although the guard is in it; "
    "nothing is sent. A plugin of yours may take the guard's line off; a newer opencode may help"
)


def make_folder(scratch: Path) -> Path:
    """Make the folder to try it in, which nobody else's configuration reaches."""
    folder = (scratch / "probe").resolve()
    folder.mkdir()
    # The root of a repository: the server looks for configuration no further up. Of the user's
    # variables one could name another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with suppress(OSError):  # without git, what lies above is looked at below
        subprocess.run(
            ["git", "init", "-q", str(folder)], env=env, capture_output=True, check=False
        )
    if (found := survey(folder, "1")) is not None:
        raise UnguardedError(
            f"{found.root} has an OpenCode configuration, and temporary folders lie in it; "
            "set TMPDIR to another place"
        )
    return folder


def prove_asking(client: Client) -> None:
    """Raise where the server does not ask before it runs `> canary` in the client's folder."""
    found = first_ask(client, NAME)
    if permission_kind(found.permission) == "shell" and WORD in found.patterns:
        if not Path(client.directory or "", CANARY).exists():
            return
    elif found.failure:
        raise UnguardedError(
            f"it could not be seen that this opencode asks before it acts ({found.failure[:200]}), "
            "so nothing is sent; a newer opencode may help"
        )
    raise UnguardedError(NOT_ASKED)
