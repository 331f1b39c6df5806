"""The opencode configuration that makes the scripted model the model."""

from __future__ import annotations

from typing import Any

from .model import MODEL


def provider_config(model_url: str, *, provider: str = "scripted") -> dict[str, Any]:
    """Return a user's configuration with one provider: the scripted model at this address."""
    model = {
        "name": "Scripted model",
        "tool_call": True,
        "reasoning": True,
        "attachment": True,
        "modalities": {"input": ["text", "image"], "output": ["text"]},
        "limit": {"context": 100_000, "output": 4_000},
    }
    entry = {
        "npm": "@ai-sdk/openai-compatible",  # built into opencode: nothing is downloaded
        "name": "Scripted",
        "options": {"baseURL": model_url, "apiKey": "none"},
        "models": {MODEL: model},
    }
    return {
        "$schema": "https://opencode.ai/config.json",
        "model": f"{provider}/{MODEL}",
        "small_model": f"{provider}/{MODEL}",
        "autoupdate": False,
        "share": "disabled",
        "provider": {provider: entry},
    }
