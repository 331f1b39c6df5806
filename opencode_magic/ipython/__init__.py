"""The side of IPython: magics, completion, cells, and what is remembered of them."""
