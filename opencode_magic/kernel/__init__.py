"""The live kernel as tools for the agent: an MCP server on loopback, run on the main thread.

The server has a thread of its own (`server`), which only hands calls over (`queue`). The main
thread, which waits in the agent's cell, takes them between its steps and runs them (`tools`,
`running`), so that they share their state with the user's work and only one of both runs at a time.
"""
