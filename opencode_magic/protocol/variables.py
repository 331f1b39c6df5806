"""What a server and its clients read from the environment, by name."""

BASE_URL = "OPENCODE_BASE_URL"
USERNAME = "OPENCODE_SERVER_USERNAME"
PASSWORD = "OPENCODE_SERVER_PASSWORD"  # noqa: S105  # a name
CONFIG = "OPENCODE_CONFIG_CONTENT"
