"""A tiny MCP server on stdin and stdout, with one tool: `python -m tests.harness.mcp_weather`."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOL = {
    "name": "forecast",
    "description": "The weather of the next days.",
    "inputSchema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of a request."""
    match method:
        case "initialize":
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "weather", "version": "1"},
            }
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            given = params["arguments"]
            days = [
                {"day": day + 1, "celsius": 11 + day, "sky": "rain" if day % 2 else "clear"}
                for day in range(given.get("days", 1))
            ]
            text = json.dumps({"city": given["city"], "days": days})
            return {"content": [{"type": "text", "text": text}]}
        case _:
            return {}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            result = answer(request["method"], request.get("params", {}))
            print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)


if __name__ == "__main__":
    main()
