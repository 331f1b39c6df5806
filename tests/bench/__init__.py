"""What streaming costs, measured in a real JupyterLab on a real server: `python -m tests.bench`.

Nothing here asserts a time; `test_bench` prints the same table in a short form.
"""
