"""What an answer becomes in Python: typed values, code blocks, tables, exact numbers."""
