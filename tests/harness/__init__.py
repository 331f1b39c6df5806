"""What all tests stand on: real tools, a machine for each test, servers, JupyterLab, a browser."""
