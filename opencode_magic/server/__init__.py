"""Find, start, guard, supervise and stop a local `opencode serve`: one for each kernel."""
