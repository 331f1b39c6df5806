"""An opencode plugin with logins of its own, for a provider `door` that a file opens."""

from __future__ import annotations

import json
from pathlib import Path

from .machine import Machine

CODE = "the-right-code"

_PLUGIN = """\
import fs from "fs"
let logins = 0
export const Door = async () => ({
  auth: {
    provider: "door",
    methods: [
      {
        type: "oauth",
        label: "Through the browser",
        prompts: [
          { type: "select", key: "kind", message: "Which kind?", options: [
            { label: "For everybody", value: "public", hint: "most are" },
            { label: "Of your own", value: "own" },
          ] },
          { type: "text", key: "host", message: "On which host?", placeholder: "door.example",
            when: { key: "kind", op: "eq", value: "own" },
            validate: (host) => host.includes(".") ? undefined : "a host has a dot" },
        ],
        async authorize(inputs = {}) {
          const query = new URLSearchParams(inputs)
          return {
            url: `http://127.0.0.1:9/login?${query}`,
            instructions: "Enter code: AB-12",
            method: "auto",
            async callback() {
              while (!fs.existsSync(OPEN)) await new Promise((done) => setTimeout(done, 20))
              logins += 1
              return { type: "success", access: `access-${logins}`, refresh: "r", expires: 2e12 }
            },
          }
        },
      },
      {
        type: "oauth",
        label: "With a code",
        async authorize() {
          return {
            url: "http://127.0.0.1:9/code",
            instructions: "Copy the code.",
            method: "code",
            callback: async (code) =>
              code === CODE ? { type: "success", key: "made-of-a-code" } : { type: "failed" },
          }
        },
      },
      { type: "api", label: "A key", prompts: [{ type: "text", key: "room", message: "Room?" }] },
    ],
  },
})
"""


def install_door(machine: Machine) -> Path:
    """Put the plugin into the user's configuration; the file that opens the door."""
    file = machine.root / "open"
    config = json.loads(machine.opencode_config.read_text())
    config["provider"]["door"] = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": "http://127.0.0.1:9/v1"},
        "models": {"oak": {}},
    }
    machine.opencode_config.write_text(json.dumps(config))
    folder = machine.opencode_config.parent / "plugin"
    folder.mkdir()
    text = f"const OPEN = {json.dumps(str(file))}\nconst CODE = {json.dumps(CODE)}\n{_PLUGIN}"
    (folder / "door.js").write_text(text)
    return file


def kept(machine: Machine) -> dict[str, dict[str, str]]:
    """The keys and logins the server keeps for its user, by provider."""
    file = machine.home / ".local" / "share" / "opencode" / "auth.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}
