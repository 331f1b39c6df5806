// Finds what a command has started, by the mark in its environment, and ends it. Linux alone: elsewhere
// nothing is found.

import fs from "node:fs"

export const MARK = "OPENCODE_MAGIC_CALL"
const LOOK_AGAIN_MS = 50
const PATIENCE = [["SIGTERM", 2_000], ["SIGKILL", 5_000]]

// End what a call has started and what is still there, gently first.
export async function end(call) {
  for (const [signal, patience] of PATIENCE) {
    const told = new Set()
    const until = Date.now() + patience
    // A process that starts another program has no environment for a moment: one empty look proves nothing.
    for (let empty = 0; empty < 2; await Bun.sleep(LOOK_AGAIN_MS)) {
      const found = marked(call)
      empty = found.length ? 0 : empty + 1
      for (const pid of found) {
        if (signal === "SIGKILL" || !told.has(pid)) send(pid, signal)
        told.add(pid)
      }
      if (Date.now() > until) break
    }
    if (!marked(call).length) return
  }
}

function marked(call) {
  const mark = `${MARK}=${call}`
  return processes().filter((pid) => environment(pid).includes(mark))
}

function processes() {
  try {
    return fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)
  } catch {
    return [] // no Linux
  }
}

function environment(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, "latin1").split("\0")
  } catch {
    return [] // ended meanwhile, or another user's
  }
}

function send(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error
  }
}
