"""Files of this machine, and git. Knows nothing of OpenCode."""
