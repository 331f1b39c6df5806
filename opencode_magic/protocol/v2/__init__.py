"""OpenCode 2: its routes, its spellings, and the rules by which a turn lives there."""
