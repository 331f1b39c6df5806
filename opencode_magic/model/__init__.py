"""Our own words for what happens on a server, as frozen values. No path, no file, no clock.

session
    a conversation, in one directory; a subagent's is a session of its own.
message, part
    what was said, by the user or an agent, and its pieces: text, thought, a tool's call, a file.
turn
    one prompt and everything that followed it.
ask
    a request that waits for the user: a permission or a question.
transcript
    the messages of a session and its subagents, as `reduce` builds them from events.
"""
