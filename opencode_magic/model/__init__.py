"""Our own words for what happens on a server, as frozen values. No path, no file, no clock.

session     a conversation in one directory; a subagent has a session of its own
message     what the user or an agent said; its parts are text, a thought, a tool call, a file, ...
turn        one prompt and everything that followed it
ask         a request that waits for the user: a permission or a question
transcript  the messages of a session and its subagents, as `reduce` builds them from events
diff        what a turn changed in files; a *piece* of it can be kept or undone in a review
form        the shape an answer must have (`answer.schema.Form`); output that is saved has a
            *static form*, never called by the second word alone
notebook    the document that is open in front of the user, with its kernel
place       where a file lies; its *real place* is the one that links on the way lead to
"""
