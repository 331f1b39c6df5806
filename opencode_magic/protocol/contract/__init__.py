"""What a client may ask of a server, in groups, whatever dialect it speaks."""
