"""Differences between files, in hunks that can be kept, undone and brought back."""
