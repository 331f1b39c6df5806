"""One turn of a session: sent, followed, settled by the server's record. No display."""
