"""Inside IPython: the magics, completion, the cells and what they remember."""
