"""Python without a notebook: `OpenCode`, which asks, and `map` for many prompts."""
