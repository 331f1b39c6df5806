// Tools that plugins add ask nobody, and nothing here can ask for them: they run where the user's own
// rules allow them by their names.

// Tools of the server itself: they ask, or only look. `execute` and `batch` run others, past all hooks.
const BUILT_IN = new Set([
  "bash", "shell", "edit", "write", "multiedit", "patch", "apply_patch", "webfetch", "websearch", "codesearch",
  "task", "invalid", "StructuredOutput",
  "list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource",
])

// An error where a tool would act unasked. `allowed` says whether the rules name it, `list` what the server has
// of its own and of plugins; what is in neither belongs to an MCP server, and asks.
export async function check(tool, { harmless, allowed, list }) {
  if (BUILT_IN.has(tool) || harmless.has(tool) || allowed(tool)) return
  if ((await list()).includes(tool)) {
    throw new Error(
      `${tool} is a tool of a plugin: it would act without asking, so it does not run. ` +
        `"permission": {"${tool}": "allow"} in the user's own configuration lets it`,
    )
  }
}
