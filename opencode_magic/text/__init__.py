"""Text and nothing else: what is visible, what is secret, what a shell makes of it."""
