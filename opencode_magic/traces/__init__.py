"""What the tools of a turn did to files, and which changes are somebody else's."""
