// A folder of the kernel's own, in which a model that is none gives the shell a text without a command:
// the kernel looks whether the server asks.

// As in opencode_magic/server/probing.py.
const NAME = "opencode-magic-probe"
const TEXT = "> canary"

// What such a folder needs and no more: nothing of the user's is started for it.
export function configure(config) {
  const provider = {
    npm: "@ai-sdk/openai-compatible", // built into opencode: nothing is downloaded
    options: { baseURL: "http://127.0.0.1:9/v1", apiKey: "none", fetch: answer },
    models: { [NAME]: { tool_call: true, limit: { context: 100_000, output: 1_000 } } },
  }
  Object.assign(config, {
    provider: { [NAME]: provider },
    enabled_providers: [NAME],
    disabled_providers: [],
    agent: { [NAME]: { mode: "primary", permission: { "*": "ask" } } },
    mcp: {}, lsp: false, formatter: false, instructions: [], permission: {}, snapshot: false,
  })
}

// What a model sends that wants to run the text, and when it was told what came of it.
async function answer(_address, { body }) {
  const told = JSON.parse(body).messages.some((message) => message.role === "tool")
  const call = { name: "bash", arguments: JSON.stringify({ command: TEXT, description: TEXT }) }
  const delta = told ? { role: "assistant", content: "Done." } : { role: "assistant", tool_calls: [{ index: 0, id: "call_probe", type: "function", function: call }] }
  const chunk = (choice) =>
    JSON.stringify({ id: NAME, object: "chat.completion.chunk", created: 1, model: NAME, choices: [{ index: 0, ...choice }] })
  const lines = [chunk({ delta, finish_reason: null }), chunk({ delta: {}, finish_reason: told ? "stop" : "tool_calls" }), "[DONE]"]
  return new Response(lines.map((line) => `data: ${line}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  })
}
