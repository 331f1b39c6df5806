// The guard: makes every agent of a server ask before it does something, and keeps every ask and deny.
//
// The server hands its `config` hook the merged configuration before it makes rules of it. Rules are
// a list and the last match wins: the server's defaults, those of a built-in agent, `permission` of
// the configuration, `permission` of the agent. Only the last two can be changed here, so each agent's
// own part is rewritten to say everything: our base of asks, then the top level, then what it said
// itself, with every `allow` of a tool that has an effect raised to `ask`.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"

import { Commands } from "./leftovers.js"
import { home, places, withRealPlaces } from "./places.js"
import * as pluginTools from "./plugintools.js"
import * as probe from "./probe.js"
import * as shell from "./shell.js"

// These look, think or talk to the user; the server's own rules for them stay as they are.
const HARMLESS = new Set([
  "read", "grep", "glob", "list", "todoread", "todowrite", "question", "skill", "lsp",
  "plan_enter", "plan_exit", "doom_loop",
])

const PLAIN = new Set(["todowrite", "question", "webfetch", "websearch", "codesearch", "doom_loop"])

// What is between the kernel and the server; a tool gets it empty.
const PRIVATE = [
  "OPENCODE_SERVER_PASSWORD", "OPENCODE_SERVER_USERNAME", "OPENCODE_CONFIG_CONTENT",
  "OPENCODE_MAGIC_REPORT", "OPENCODE_MAGIC_USERS", "OPENCODE_MAGIC_CLOSED", "OPENCODE_MAGIC_PROBE",
  ...(process.env.OPENCODE_MAGIC_BLANK || "").split(" ").filter(Boolean), "OPENCODE_MAGIC_BLANK",
]

// 1.18 has a second engine inside that imports the plugins of a folder at the first prompt, also where
// the configuration of projects is switched off. So in a folder that is not trusted, code is closed:
// whatever is imported from there is an empty module. The first of these folders holds a probe.
const CLOSED = JSON.parse(process.env.OPENCODE_MAGIC_CLOSED || "[]")

async function close() {
  if (!CLOSED.length) return true
  const places = CLOSED.map((folder) => folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")
  Bun.plugin({
    name: "opencode-magic-closed",
    setup: (build) =>
      build.onLoad({ filter: new RegExp(`^(${places})/`) }, () => ({
        contents: "export default undefined",
        loader: "js",
      })),
  })
  return (await import(path.join(CLOSED[0], "probe.mjs"))).open !== true
}

// What an agent may do where nobody says anything: everything asks, and "*" reaches MCP tools and tools
// we have never heard of. It would override the server's own rules for harmless tools: said again.
const OPEN = {
  "*": "ask",
  ...Object.fromEntries([...HARMLESS].map((name) => [name, "allow"])),
  read: { "*": "allow", "*.env": "ask", "*.env.*": "ask", "*.env.example": "allow" },
  question: "deny",
  plan_enter: "deny",
  plan_exit: "deny",
  doom_loop: "ask",
}
const BASE = {
  build: () => ({ ...OPEN, question: "allow", plan_enter: "allow" }),
  general: () => ({ ...OPEN, todoread: "deny", todowrite: "deny" }),
  plan: (worktree) => ({
    ...OPEN,
    question: "allow",
    plan_exit: "allow",
    task: { "*": "ask", general: "deny" },
    // Built in: no edits but plan files.
    edit: { "*": "deny", ...Object.fromEntries(planFiles(worktree).map((file) => [file, "ask"])) },
  }),
  // Built in: everything denied but looking, and these (codesearch up to 1.3).
  explore: () => ({
    bash: "ask", webfetch: "ask", websearch: "ask", codesearch: "ask", external_directory: "ask",
    read: OPEN.read, // built in: all of it allowed
  }),
  // Built in and hidden: everything denied.
  compaction: () => ({}),
  title: () => ({}),
  summary: () => ({}),
}

function planFiles(worktree) {
  const data = process.env.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share")
  return [
    path.join(".opencode", "plans", "*.md"),
    path.relative(worktree, path.join(data, "opencode", "plans", "*.md")),
  ]
}

// The rules of one `permission` value, in the server's order.
function rules(permission) {
  if (typeof permission === "string") return [{ permission: "*", pattern: "*", action: permission }]
  if (!permission || typeof permission !== "object") return []
  return Object.entries(permission).flatMap(([name, value]) =>
    typeof value === "string"
      ? [{ permission: name, pattern: "*", action: value }]
      : Object.entries(value || {}).map(([pattern, action]) => ({ permission: name, pattern, action })),
  )
}

// Those of the older `tools: {bash: true}`. The server has merged them into `permission` already where
// this hook is called; said again first, they change nothing there.
function toolRules(tools) {
  const edits = new Set(["write", "edit", "patch", "multiedit", "apply_patch"])
  return Object.entries(tools || {}).map(([name, on]) => ({
    permission: edits.has(name) ? "edit" : name,
    pattern: "*",
    action: on ? "allow" : "deny",
  }))
}

const wild = (name) => /[*?]/.test(name)

// The server's own comparison: `ls *` fits `ls` too.
function matches(text, wildcard) {
  let source = wildcard.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")
  if (source.endsWith(" .*")) source = source.slice(0, -3) + "( .*)?"
  return new RegExp("^" + source + "$", "s").test(text)
}

const raised = (rule) => (rule.action === "allow" ? { ...rule, action: "ask" } : rule)

// The base and then what was said, as one `permission` object that means: what was said, with every
// `allow` of a tool that is not harmless raised.
//
// An object names each tool once, a list of rules may come back to it. So first come the rules with
// wildcards, in order (a second `*` is spelt `**`, which matches the same); then each tool by its full
// name, with all that the list says about it, wildcards included: nothing after can change it.
function guarded(base, said) {
  const list = [...base.map((rule) => ({ ...rule, base: true })), ...said]
  const wildcards = []
  for (const rule of list.filter((rule) => wild(rule.permission))) {
    const last = wildcards.at(-1)
    if (last && last.name === rule.permission && last.base === rule.base) last.rules.push(rule)
    else wildcards.push({ name: rule.permission, base: rule.base, rules: [rule] })
  }
  const result = {}
  for (const { name, rules } of wildcards) {
    let key = name
    while (key in result && key.includes("*")) key = key.replace("*", "**")
    result[key] = patterns(rules.map(raised), result[key])
  }
  const names = new Set(list.map((rule) => rule.permission).filter((name) => !wild(name)))
  for (const name of HARMLESS) {
    if (list.some((rule) => wild(rule.permission) && matches(name, rule.permission))) names.add(name)
  }
  for (const name of names) {
    const own = list.filter((rule) => matches(name, rule.permission))
    result[name] = value(name, patterns(HARMLESS.has(name) ? own : own.map(raised)))
  }
  const own = list.filter((rule) => matches("bash", rule.permission)).map(raised)
  if (deniesWordAlone(own)) result.bash = { ...patterns(own), [shell.WORD]: "ask" }
  return result
}

// Whether rules that allow some commands deny the word of ours that stands before each text. It asks
// then, and the kernel refuses what those rules do not cover; where all is denied, all stays denied.
function deniesWordAlone(own) {
  if (own.findLast((rule) => matches(shell.WORD, rule.pattern))?.action !== "deny") return false
  const takenBack = (rule, index) =>
    own.slice(index + 1).some((later) => later.action === "deny" && matches(specimen(rule.pattern), later.pattern))
  return own.some((rule, index) => rule.action !== "deny" && !takenBack(rule, index))
}

// One action where the patterns say no more. The server's schema lets some tools have nothing else (with
// patterns its own `GET /config` fails): a wildcard's patterns then give the strictest.
function value(name, found) {
  const actions = new Set(Object.values(found))
  if (Object.keys(found).length === 1 && "*" in found) return found["*"]
  if (!PLAIN.has(name)) return found
  return ["deny", "ask", "allow"].find((action) => actions.has(action))
}

// What one `permission` value says of a text; undefined where it says nothing.
function lastAction(permission, name, text) {
  const fits = (rule) => matches(name, rule.permission) && matches(text, home(rule.pattern))
  return rules(permission).findLast(fits)?.action
}

// Rules as pattern -> action; one said twice counts where it was said last.
function patterns(rules, into = {}) {
  for (const { pattern, action } of rules) {
    delete into[pattern]
    into[pattern] = action
  }
  return into
}

const closed = await close()

// By folder: the rules as the user has them, in which a tool of a plugin may be named.
const named = new Map()

export const Guard = async (project) => {
  const inUse = new RulesInUse()
  const root = project.worktree || project.directory
  const where = places(project, (...asked) => inUse.action(...asked))
  return hooks(project, root, inUse, where, new Commands())
}

const hooks = ({ client, directory }, root, inUse, where, commands) => ({
  config: async (config) => {
    if (directory === process.env.OPENCODE_MAGIC_PROBE) return probe.configure(config)
    const users = usersOwn()
    const agents = (config.agent ??= {})
    const top = [...toolRules(config.tools), ...rules(config.permission)]
    const said = { "": top }
    const seen = []
    for (const [name, mode] of Object.entries(config.mode || {})) agents[name] ??= { ...mode, mode: "primary" }
    for (const name of new Set([...Object.keys(BASE), ...Object.keys(agents)])) {
      const agent = agents[name] || {}
      if (agent.disable) continue
      said[name] = [...top, ...toolRules(agent.tools), ...rules(agent.permission)]
      const list = strictest(said[name], users[name] || users[""])
      seen.push(...live(list).map((rule) => ({ agent: name, ...rule, pattern: home(rule.pattern) })))
      const base = Object.hasOwn(BASE, name) ? BASE[name](root) : OPEN
      // Nothing to add to, and an entry of ours could make a new agent of it.
      if (!agents[name] && Object.keys(base).length === 0) continue
      agents[name] = { ...agent, permission: guarded(rules(base), withRealPlaces(list, root)) }
    }
    config.permission = guarded([], withRealPlaces(strictest(top, users[""]), root))
    inUse.take(agents)
    keepPrivate(config)
    keepApart(config)
    // It runs other tools past all hooks.
    if (config.experimental?.batch_tool) config.experimental.batch_tool = false
    named.set(directory, users[""] ?? top)
    report({ directory, seen, said, closed })
  },

  "chat.params": async ({ sessionID, agent }) => inUse.note(sessionID, agent),

  "experimental.chat.system.transform": async ({ sessionID }, output) => {
    output.system.forEach((text, index) => (output.system[index] = where.instructions(sessionID, text)))
  },

  "experimental.chat.messages.transform": async (_input, { messages }) => shell.forModel(messages),

  "tool.execute.before": async (input, output) => {
    where.before(input, output.args)
    commands.before(input, output.args)
    shell.begin(input, output)
    await pluginTools.check(input.tool, {
      harmless: HARMLESS,
      allowed: (tool) => (named.get(directory) ?? []).some((rule) => rule.permission === tool && rule.action === "allow"),
      list: async () => (await client.tool.ids({ throwOnError: true })).data,
    })
  },

  "tool.execute.after": async (input, output) => {
    where.after(input, output)
    shell.end(input, output)
    await commands.after(input, output)
  },

  event: async ({ event }) => {
    shell.notice(event)
    commands.event(event)
  },

  "shell.env": async (input, output) => {
    await shell.check(input)
    for (const name of PRIVATE) output.env[name] = ""
    commands.starts(input, output.env)
  },
})

// What the rules say of a call: those of the agent that a session's model was asked as last.
class RulesInUse {
  #agents = {}
  #agentOf = new Map()

  take(agents) {
    this.#agents = agents
  }

  note(session, agent) {
    this.#agentOf.set(session, agent?.name ?? agent)
  }

  action(session, permission, text) {
    const agent = this.#agents[this.#agentOf.get(session)] ?? this.#agents.build
    return lastAction(agent?.permission, permission, text)
  }
}

// Programs that the configuration starts inherit the server's environment; `shell.env` is for tools alone.
function keepPrivate(config) {
  const empty = Object.fromEntries(PRIVATE.map((name) => [name, ""]))
  for (const [kind, key] of [["mcp", "environment"], ["formatter", "environment"], ["lsp", "env"]]) {
    for (const program of Object.values(config[kind] || {})) {
      if (program?.command) program[key] = { ...program[key], ...empty }
    }
  }
}

// The tools of an MCP server are asked for as `server_tool`: no such name may be that of a harmless tool.
function keepApart(config) {
  for (const [name, server] of Object.entries(config.mcp || {})) {
    if (server && [...HARMLESS].some((tool) => tool.startsWith(name + "_"))) server.enabled = false
  }
}

// What a folder's configuration made of the user's own rules, so that none of those is weakened: the user's
// come again at the end, and after them what the folder forbids, where the user's would allow it again.
function strictest(said, users) {
  const same = (a, b) => a.permission === b.permission && a.pattern === b.pattern && a.action === b.action
  if (!users || (said.length === users.length && said.every((rule, i) => same(rule, users[i])))) return said
  const lost = live(said).filter(
    (rule) =>
      !users.some((own) => same(own, rule)) &&
      users.some((own) => own.action !== "deny" && matches(specimen(rule.permission), own.permission)),
  )
  const asks = lost.filter((rule) => rule.action === "ask")
  const denies = lost.filter((rule) => rule.action === "deny")
  const again = asks.length ? live(users).filter((rule) => rule.action === "deny") : []
  return [...said, ...users, ...asks, ...again, ...denies]
}

// The asks and denies that no later rule takes back.
function live(list) {
  return list.filter((rule, index) => {
    const name = specimen(rule.permission)
    const text = specimen(rule.pattern)
    const after = list.slice(index + 1)
    return rule.action !== "allow" && !after.some((later) => matches(name, later.permission) && matches(text, later.pattern))
  })
}

// A text that a wildcard fits, and that fits no narrower one by accident.
const specimen = (wildcard) => wildcard.replace(/\*/g, "\ue000\ue001\ue002").replace(/\?/g, "\ue003")

// The rules as they are without the folder's configuration, from an earlier report; none, if it has none.
function usersOwn() {
  const file = process.env.OPENCODE_MAGIC_USERS
  return file ? JSON.parse(fs.readFileSync(file, "utf8")).said : {}
}

// What was found before it was changed, for the kernel to compare with what the server made of it.
function report(found) {
  const file = process.env.OPENCODE_MAGIC_REPORT
  if (!file) return
  fs.writeFileSync(file + ".part", JSON.stringify(found), { mode: 0o600 })
  fs.renameSync(file + ".part", file)
}
