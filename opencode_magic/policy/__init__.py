"""Who may do what without being asked: grants, the server's rules, tools that ask nobody."""
