"""A turn in a terminal: lines, keys and the pager."""
