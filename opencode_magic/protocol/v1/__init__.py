"""OpenCode 1: its routes and bodies, ids, and how its JSON is read."""
