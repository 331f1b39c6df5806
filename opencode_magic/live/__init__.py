"""A running turn in the notebook: the view, the clicks that reach a busy kernel, the surfaces."""
