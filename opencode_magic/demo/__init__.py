"""A demonstration that needs no key: a scripted model, its lessons, a small project to play on."""

NOTEBOOKS = ("quickstart", "data_project")
"""The notebooks of the demo; the first is opened where none is named."""
