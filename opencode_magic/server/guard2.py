"""The guard of OpenCode 2: a plugin that judges each request once more, after the server."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..client import Client
from ..errors import UnguardedError
from ..model.agents import Agent
from ..policy.rules import named, to_keep
from ..protocol.hosting import CONFIG, SECOND, data_folder, proving
from .guard import Guard

PLUGIN = Path(__file__).with_name("plugin2")
"""The plugin without the settings of one server."""
SHARED = Path(__file__).with_name("marked.js")
"""What both guards need."""
OWN_FOLDERS = ("shell/*/*", "tool-output/*")
"""Where in its data folder the server keeps the outputs of tools; to look there asks nobody."""

LOOK_AGAIN_S = 0.05
SETTLED_S = 5.0
"""Once the server has told of its plugins, one that is not among them by then will not come."""

NOT_THERE = (
    "the guard plugin is not active in the server, so it would do things unasked; "
    "look for what disables plugins in your opencode configuration"
)
NO_SHELLS = (
    "the guard plugin does not see the shells that the server starts, so some shell text would "
    "run unasked; nothing is sent. A plugin of yours may change them; another opencode may help"
)


class Guard2(Guard):
    """The guard of one 2.x server."""

    second_line = True

    def lay(self) -> dict[str, str]:
        # A folder: a plugin that is a file is passed over. Its id is random, as another plugin with
        # the same one could come first, and count.
        self._id = f"guard-{secrets.token_hex(8)}"
        self._nonce = secrets.token_hex(16)
        folder = self.scratch / "guard"
        shutil.copytree(PLUGIN, folder)
        shutil.copy(SHARED, folder)
        self.plugin = folder.resolve().as_uri()
        hasty = SECOND.hasty_npm(self.environ)
        data = data_folder(self.environ)
        settings = {
            "id": self._id,
            "nonce": self._nonce,
            "users": None if self.users is None else json.loads(self.users),
            "own": [str(data / own) for own in OWN_FOLDERS],
            "blank": [CONFIG, *hasty],
        }
        (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
        return {}

    def verify(self, client: Client) -> None:
        agents = self._loaded(client)
        self._check_plugin(client)
        self._check_documents(client)
        if self.briefly:
            return
        users = self._users()
        clauses: list[str] = []
        with proving.ThrowawaySession(client) as trial:
            if trial.shell(proving.TELL) != f": {self._nonce}":
                raise UnguardedError(NO_SHELLS)
            for agent in agents:
                own = users.get(agent.name) or users.get("*") or agent.permission
                least = (*proving.TO_ASK, *to_keep(own))
                clauses += [
                    f"agent {agent.name} may do unasked: {named(rule)}"
                    if rule.action == "ask"
                    else f"agent {agent.name} lost the deny of {named(rule)}"
                    for rule in trial.weaker(agent.name, least)
                ]
        if clauses:
            more = f" (and {len(clauses) - 3} more)" if len(clauses) > 3 else ""
            raise UnguardedError(
                f"not sending: {'; '.join(clauses[:3])}{more}; change the permissions in your "
                "opencode configuration, or start without the folder's own"
            )

    def report(self, client: Client) -> bytes:
        lists = {agent.name: agent.permission for agent in proving.agents(client)}
        # An agent that only the folder knows may do what the default one may.
        lists["*"] = lists.get("build", [])
        return json.dumps(proving.spell(lists)).encode()

    def lost(self, client: Client, agents: Sequence[Agent]) -> bool:
        return not proving.guard_answers(client, self._nonce)

    def _loaded(self, client: Client) -> list[Agent]:
        """Return the agents, once the server has loaded the folder and the guard answers.

        Until then it knows no agent, which does not mean that none may do something; and a guard
        that loads after other plugins may take as long as they do.
        """
        until = 0.0
        while True:
            agents, plugins = proving.agents(client), proving.plugins(client)
            if agents and plugins:
                if proving.guard_answers(client, self._nonce):
                    return agents
                until = until or time.monotonic() + SETTLED_S
                if time.monotonic() > until:
                    raise UnguardedError(NOT_THERE)
            client.sleep(LOOK_AGAIN_S)

    def _check_plugin(self, client: Client) -> None:
        if not proving.plugins(client).get(self._id):
            raise UnguardedError(NOT_THERE)

    def _check_documents(self, client: Client) -> None:
        """Raise where a folder that is not trusted is read all the same."""
        if self.project_config:
            return
        own = [Path(path).resolve() for path in SECOND.own_documents(self.environ)]
        for path in map(Path, proving.documents(client)):
            if not any(path.resolve().is_relative_to(place) for place in own):
                raise UnguardedError(
                    f"{self.directory} is not trusted, and this opencode would read {path} all the "
                    "same: look at what it brings, then `%opencode /trust --yes`"
                )

    def _users(self) -> dict[str, list[Any]]:
        return {} if self.users is None else proving.read_rules(json.loads(self.users))
