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

// These look, think or talk to the user; the server's own rules for them stay as they are.
const HARMLESS = new Set([
  "read", "grep", "glob", "list", "todoread", "todowrite", "question", "skill", "lsp",
  "plan_enter", "plan_exit", "doom_loop",
])

// What the server's built-in rules allow, as asks. "*_*" reaches every MCP tool ("server_tool"), also one
// that is registered later; it also matches the two plan tools, so what the server says of those is repeated.
const EFFECTS = ["bash", "edit", "webfetch", "websearch", "codesearch", "task"]
const OPEN = {
  "*_*": "ask",
  ...Object.fromEntries(EFFECTS.map((name) => [name, "ask"])),
  plan_enter: "deny",
  plan_exit: "deny",
}
const BASE = {
  build: () => ({ ...OPEN, plan_enter: "allow" }),
  general: () => OPEN,
  plan: (worktree) => ({
    ...OPEN,
    plan_exit: "allow",
    task: { "*": "ask", general: "deny" },
    // Built in: no edits but plan files.
    edit: { "*": "deny", ...Object.fromEntries(planFiles(worktree).map((file) => [file, "ask"])) },
  }),
  // Built in: everything denied but looking, and these.
  explore: () => ({ bash: "ask", webfetch: "ask", websearch: "ask", codesearch: "ask" }),
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

function matches(name, pattern) {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")
  return new RegExp("^" + escaped + "$", "s").test(name)
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
    result[name] = patterns(HARMLESS.has(name) ? own : own.map(raised))
  }
  return result
}

// Rules as pattern -> action; one said twice counts where it was said last.
function patterns(rules, into = {}) {
  for (const { pattern, action } of rules) {
    delete into[pattern]
    into[pattern] = action
  }
  return into
}

export const Guard = async ({ worktree, directory }) => ({
  config: async (config) => {
    const agents = (config.agent ??= {})
    const top = [...toolRules(config.tools), ...rules(config.permission)]
    const seen = top.map((rule) => ({ agent: "", ...rule }))
    for (const [name, mode] of Object.entries(config.mode || {})) agents[name] ??= { ...mode, mode: "primary" }
    for (const name of new Set([...Object.keys(BASE), ...Object.keys(agents)])) {
      const known = Object.hasOwn(BASE, name)
      const agent = agents[name] || {}
      if (agent.disable) continue
      const built = (known ? BASE[name] : BASE.general)(worktree || directory)
      // Nothing to add to, and an entry of ours could make a new agent of it.
      if (!agents[name] && Object.keys(built).length === 0) continue
      const own = [...toolRules(agent.tools), ...rules(agent.permission)]
      seen.push(...own.map((rule) => ({ agent: name, ...rule })))
      agents[name] = { ...agent, permission: guarded(rules(built), [...top, ...own]) }
    }
    config.permission = guarded([], top)
    report(directory, seen.filter((rule) => rule.action !== "allow"))
  },

  "shell.env": async (_input, output) => {
    for (const name of ["OPENCODE_SERVER_PASSWORD", "OPENCODE_SERVER_USERNAME", "OPENCODE_MAGIC_REPORT"]) {
      output.env[name] = ""
    }
  },
})

// What was found before it was changed, for the kernel to compare with what the server made of it.
function report(directory, rules) {
  const file = process.env.OPENCODE_MAGIC_REPORT
  if (!file) return
  fs.writeFileSync(file + ".part", JSON.stringify({ directory, rules }), { mode: 0o600 })
  fs.renameSync(file + ".part", file)
}
