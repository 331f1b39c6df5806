"""A demonstration that needs no key: a scripted model, its lessons, a small project to play on."""
