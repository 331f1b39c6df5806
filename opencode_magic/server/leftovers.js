// Ends what a command leaves running when it is stopped, or takes too long.
//
// The server ends the command's own group of processes. What has left that group goes on; where it holds
// the command's output, a command that ran out of time never even ends. All that a command starts inherits
// its environment: by a mark in there it is found, whoever is its parent by now (on Linux; elsewhere nothing
// is). What a command that ended by itself has left running was left on purpose, and is not touched.

import { MARK, end } from "./marked.js"

const USUAL_LIMIT_MS = 120_000
const BEHIND_MS = 600 // after the server's own end of a command
const STOPPED_BY_THE_USER = "User aborted the command"

export class Commands {
  #limits = new Map() // by call, of those that wait to be allowed
  #running = new Map() // by call: the timer that ends it

  before({ tool, callID }, args) {
    if (tool === "bash") this.#limits.set(callID, args?.timeout)
  }

  // A command is about to start: it gets its mark.
  starts({ callID }, env) {
    if (!callID) return
    env[MARK] = callID
    const limit = this.#limits.get(callID)
    this.#forget(callID)
    // A command of the user's own has no limit.
    const limited = this.#limits.delete(callID)
    const timer = limited && setTimeout(() => end(callID), (limit || usualLimit()) + BEHIND_MS)
    this.#running.set(callID, timer)
  }

  async after({ callID }, output) {
    if (!this.#forget(callID) || typeof output?.metadata?.exit === "number") return
    await end(callID)
  }

  // A stopped call ends in the record before its command does, and a command of the user's own has no `after`.
  async event({ type, properties }) {
    const part = type === "message.part.updated" && properties?.part
    if (part?.type !== "tool" || !["completed", "error"].includes(part.state?.status)) return
    this.#limits.delete(part.callID)
    if (this.#forget(part.callID) && !endedByItself(part.state)) await end(part.callID)
  }

  #forget(call) {
    clearTimeout(this.#running.get(call))
    return this.#running.delete(call)
  }
}

function endedByItself({ status, metadata, output }) {
  if (typeof metadata?.exit === "number") return true
  if (status === "error" || (metadata && "exit" in metadata)) return false
  return !output?.includes(STOPPED_BY_THE_USER) // a command of the user's own: no exit code is told
}

const usualLimit = () => Number(process.env.OPENCODE_EXPERIMENTAL_BASH_DEFAULT_TIMEOUT_MS) || USUAL_LIMIT_MS
