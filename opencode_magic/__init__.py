"""A coding agent in the notebook: `%%opencode` on an OpenCode server."""
