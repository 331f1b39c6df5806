"""What of a project's files is shown, marked and named."""
