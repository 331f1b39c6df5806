"""What is installed here, what is missing, and the one command that fixes it.

`examine` looks, `report` shows, `fixing` runs the commands. Each check is a small function that
takes what it looks at and returns a `Finding`; only `host` touches the machine.
"""
