// Shell text runs only after a question about it, as a whole.
//
// The server asks about the command words it finds in shell text, and runs a text without any
// (`> f`, `[[ 'a[$(cmd)]' -eq 0 ]]`) unasked. So each text gets a first line with such a word, which does
// nothing: the server then asks each time. What was not asked all the same, is stopped at its last step
// before it runs. The line is no part of the text: it is taken off again where text is kept.

// As in opencode_magic/text/shellline.py. The comment tells our line from a `:` of somebody else's.
export const LINE = ": # opencode_magic\n"
// What the server's rules see of that line.
export const WORD = ":"

const SHELLS = new Set(["bash", "shell"])
// A question is told to everybody before it can be answered; this is for a server that is very busy.
const ASKED_WITHIN_MS = 2000

// Calls that were begun and have not come to their last step: what they may run, and whether it was asked.
const calls = new Map()
// Those of a model, as the server tells them: a command of the user's own is never pending.
const pending = new Set()
const keyOf = (session, call) => `${session} ${call}`
const bare = (text) => (typeof text === "string" && text.startsWith(LINE) ? text.slice(LINE.length) : text)

// Give a text of the model our line, before the server looks at it.
export function begin({ tool, sessionID, callID }, { args }) {
  if (!SHELLS.has(tool) || typeof args?.command !== "string") return
  // It would be taken off as ours wherever the text is shown.
  if (args.command.startsWith(LINE)) throw new Error("a command cannot begin with the line of the guard")
  const key = keyOf(sessionID, callID)
  if (calls.has(key)) throw new Error("a command with the same call id waits already, so this one does not run")
  args.command = LINE + args.command
  const call = { args, command: args.command, asked: Promise.withResolvers() }
  calls.set(key, call)
}

// Take in what the server tells everybody: what is asked, and which calls have ended.
export function notice({ type, properties }) {
  if (type === "permission.asked") {
    const call = calls.get(keyOf(properties.sessionID, properties.tool?.callID))
    // A server before 1.3 does not tell the text with its question.
    const text = properties.metadata?.command ?? call?.command
    if (!call || !SHELLS.has(properties.permission) || text !== call.command) return
    call.asked.resolve(true)
    call.args.command = bare(call.args.command)
  } else if (type === "message.part.updated") {
    const part = properties.part
    if (part?.type !== "tool") return
    const key = keyOf(part.sessionID, part.callID)
    if (part.state?.status === "pending") pending.add(key)
    if (["completed", "error"].includes(part.state?.status)) {
      pending.delete(key)
      calls.delete(key)
    }
  }
}

// The last step before a shell is started. A call that is no model's is a command of the user's own.
export async function check({ sessionID, callID }) {
  const key = keyOf(sessionID, callID)
  const call = calls.get(key)
  if (!call && !pending.has(key)) return
  const late = new Promise((done) => setTimeout(done, ASKED_WITHIN_MS, false).unref?.())
  const asked = call && (await Promise.race([call.asked.promise, late]))
  calls.delete(key)
  if (!asked) throw new Error("nobody was asked about this command as a whole, so it does not run")
}

// Keep the text as the model wrote it.
export function end({ tool, args }, output) {
  if (!SHELLS.has(tool)) return
  if (args) args.command = bare(args.command)
  if (output) output.title = bare(output.title)
}

// The model sees what it wrote.
export function forModel(messages) {
  for (const part of messages.flatMap((message) => message.parts)) {
    const input = part.type === "tool" && SHELLS.has(part.tool) ? part.state?.input : undefined
    if (input && bare(input.command) !== input.command) {
      part.state = { ...part.state, input: { ...input, command: bare(input.command) } }
    }
  }
}
