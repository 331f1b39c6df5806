"""A turn in a page: the widget, the clicks that reach a busy kernel, the static forms."""
