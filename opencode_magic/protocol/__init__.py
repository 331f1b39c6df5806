"""How a server is spoken to: requests, events, and what each version of it can do."""
