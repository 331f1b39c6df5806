"""The notebook's side of the agent: its servers, sessions, options, and one turn of it."""
