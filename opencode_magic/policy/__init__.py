"""What an agent may do without asking: grants, the server's rules, tools that never ask."""
