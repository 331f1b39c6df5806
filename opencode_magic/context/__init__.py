"""What a prompt may carry from the notebook: mentions, values, failures, pictures, files.

Pure: neither IPython nor httpx, and no library is imported to look at one of its values. No code of
a value's own class runs (`__repr__`, `__str__`, `__len__`, ...) except that of libraries known by
name, and the hook `_opencode_` that a class may have for this purpose.
"""
