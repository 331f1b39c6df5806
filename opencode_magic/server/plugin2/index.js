// The guard of OpenCode 2: what an agent may do is asked first, and what is denied stays denied.
//
// The server shows its `evaluate` hook each request of a tool that no rule denies, with what its rules
// say. They are a list and the last match wins, session rules come last: so what the configuration
// forbids is looked up here once more, in the lists of the agents themselves.

import fs from "node:fs"

import { MARK, end } from "./marked.js"
import { deniesAlone, names, wildcard } from "./rules.js"

// `id`: random, for the first of two plugins with one id wins. `nonce`: the word that proves us.
// `users`: by agent, the lists without the folder's own configuration; null where that is not read.
// `own`: folders of the server itself. `blank`: what shell tools do not get of its environment.
const { id, nonce, users, own, blank } = JSON.parse(
  fs.readFileSync(new URL("settings.json", import.meta.url), "utf8"),
)

const PROBE = "opencode_magic_probe"
const TELL = ": opencode_magic_probe" // the kernel runs it to see whether shells come past us
const LOOKS = new Set(["read", "grep", "glob", "skill", "question"])
const OUTSIDE = "external_directory"
const CODE_MODE = "execute" // runs the model's JavaScript, with a network and past all rules

// As in opencode_magic/text/shellline.py: the server asks about the command words it finds in shell
// text, and runs a text without any (`> f`) unasked. With this line there is one in each.
const LINE = ": # opencode_magic\n"
const WORD = ":"
const SHELL = "shell"

// Tools of the server itself: they ask, or only look. Others belong to an MCP server and ask, or to a
// plugin and ask nobody.
const BUILT_IN = new Set([
  ...LOOKS, "edit", "write", "patch", SHELL, "subagent", "webfetch", "websearch",
])

const ENDS = new Set(["session.tool.success", "session.tool.failed"])

export default {
  id,
  setup: async (ctx) => {
    const lists = (agent, found) => [
      found.find((each) => each.id === agent)?.permissions ?? [],
      users ? users[agent] ?? users["*"] ?? [] : [],
    ]
    const agents = async () => (await ctx.agent.list()).data

    await ctx.permission.hook("evaluate", async (asked) => {
      if (asked.action === PROBE) {
        asked.effect = "ask"
        asked.message = nonce
        return
      }
      if (asked.effect === "deny") return
      const said = lists(asked.agent, await agents()).flatMap((list) =>
        asked.resources.map((resource) => effect(list, asked.action, resource)),
      )
      if (said.includes("deny")) {
        asked.effect = "deny"
        asked.message = "denied by the configuration"
      } else if (asked.effect === "allow" && (said.includes("ask") || !quiet(asked))) {
        asked.effect = "ask"
      }
    })

    // Rules that deny all commands but some deny the word of our line, too: the text is then asked
    // about as far as they deny nothing else, and the kernel judges it as a whole.
    const effect = (list, action, resource) =>
      action === SHELL && resource === WORD && deniesAlone(list, SHELL, WORD) ? "ask" : names(list, action, resource)

    const quiet = ({ action, resources }) =>
      LOOKS.has(action) ||
      (action === OUTSIDE && resources.every((resource) => own.some((folder) => wildcard(folder).test(resource))))

    // Calls of the shell that have begun and not ended: id and text. Ids of calls may come again.
    const calls = new Map()
    const keyOf = (message, call) => `${message} ${call}`

    await ctx.tool.hook("execute.before", async ({ tool, id, agent, input, messageID }) => {
      if (tool === CODE_MODE) throw new Error("Code Mode is off in this notebook")
      if (tool === SHELL) {
        // It would be taken off as ours wherever the text is shown.
        if (input?.command?.startsWith(LINE)) throw new Error("a command cannot begin with the line of the guard")
        const key = keyOf(messageID, id)
        if (calls.has(key)) throw new Error("a command with the same call id waits already, so this one does not run")
        calls.set(key, { id, text: input?.command })
      }
      if (BUILT_IN.has(tool)) return
      const found = (await ctx.tool.list()).find((each) => each.id === tool)
      if (found?.options?.permission || (await servers()).has(found?.options?.namespace)) return
      const named = lists(agent, await agents()).map((list) =>
        list.findLast((rule) => rule.action === tool)?.effect,
      )
      if (named[users ? 1 : 0] === "allow" && !named.includes("deny")) return
      throw new Error(
        `${tool} may be a tool of a plugin: it would act without asking, so it does not run. ` +
          `A permission rule of the user's own that allows it by this name lets it`,
      )
    })
    const follow = async () => {
      for await (const { type, data } of ctx.event.subscribe()) {
        if (!ENDS.has(type) || !calls.delete(keyOf(data.assistantMessageID, data.id))) continue
        // The server ends the command's own group of processes. What has left that group goes on; what a
        // command that ended by itself has left running was left on purpose, and is not touched.
        if (data.error?.type === "aborted" || data.metadata?.timeout) end(data.id).catch(() => {})
      }
    }
    follow().catch(() => {}) // a call that is kept has no effect but a line too many
    const servers = async () => new Set((await ctx.mcp.list()).data.map((server) => server.name))

    await ctx.shell.hook("create.before", (started) => {
      for (const name of blank) delete started.env[name]
      if (started.command === TELL) started.command = `: ${nonce}`
      // A command of the user's own has no call, and needs no line.
      if (!calls.size) return
      const call = [...calls.values()].findLast(({ text }) => text === started.command)
      if (call) started.env[MARK] = call.id
      started.command = LINE + started.command
    })

    // With Code Mode closed, tools of an MCP server are only there where they are offered directly.
    await ctx.mcp.transform((servers) => {
      try {
        for (const [name] of servers.list()) servers.update(name, (server) => { server.codemode = false })
      } catch {} // thrown, it would switch the guard off
    })
  },
}
