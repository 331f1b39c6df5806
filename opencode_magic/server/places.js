// Where the paths of a tool call really lead.
//
// The server compares names: it asks for what lies outside of the project, and for files like `.env`, by
// the path as it was given. A name may be a link. So every path of a call is followed to its real place
// and the call is made with that one, before the server looks at it: what it asks, shows and keeps is then
// about the real place. Searches cannot be made to ask for one file: those are refused, or cut.

import fs from "node:fs"
import os from "node:os"
import path from "node:path"

// The argument that holds a path, by tool. A shell's command is asked about as a whole, by its text.
const ARGUMENT = {
  read: "filePath", edit: "filePath", write: "filePath", multiedit: "filePath", lsp: "filePath",
  grep: "path", glob: "path", list: "path", bash: "workdir",
}
const PATCHES = new Set(["apply_patch", "patch"])
const CHANGES = new Set(["edit", "write", "multiedit", ...PATCHES])
// These look into files, or list them, under a permission of their own that asks for no single file.
const SEARCHES = new Set(["grep", "glob", "list", "lsp"])

// Permissions whose patterns are paths; one with wildcards may mean such a one.
const ABOUT_PLACES = /^(read|edit|external_directory)$|[*?]/

const MOST_LINKS = 40

const HEADER = /^\*\*\* (Add File|Update File|Delete File|Move to):/
const INSTRUCTIONS = /^Instructions from: (\/.*)$/gm
const MATCH = /^ {2}Line \d+: /
const CUT_BY_THE_SERVER = "(Results truncated. Consider using a more specific path or pattern.)"
const CUT_BY_US =
  "(Files that are only read with the user's consent, such as .env, are never part of this search: " +
  "use the read tool for one of them, which asks.)"

// The real place of an absolute path; what does not exist yet stands below what does.
export function realPlace(name) {
  const left = steps(name)
  let place = "/"
  let links = 0
  while (left.length) {
    const step = left.shift()
    if (step === "..") {
      place = path.dirname(place)
      continue
    }
    const next = path.join(place, step)
    const target = linkTarget(next)
    if (target === undefined) {
      place = next
      continue
    }
    if (++links > MOST_LINKS) throw new Error(`${name} leads through too many links, or round in a circle`)
    if (path.isAbsolute(target)) place = "/"
    left.unshift(...steps(target))
  }
  return place
}

const steps = (name) => name.split("/").filter((step) => step && step !== ".")

const linkTarget = (name) => looked(() => fs.readlinkSync(name))

// As the server writes a pattern in its rules.
export function home(pattern) {
  return pattern.replace(/^(~|\$HOME)(?=\/|$)/, () => os.homedir())
}

// A rule with a pattern that leads through a link is said again for the place it leads to.
export function withRealPlaces(list, root) {
  return list.flatMap((rule) => {
    const real = ABOUT_PLACES.test(rule.permission) && looked(() => realPattern(home(rule.pattern), root))
    return real && real !== home(rule.pattern) ? [rule, { ...rule, pattern: real }] : [rule]
  })
}

function realPattern(pattern, root) {
  const plain = pattern.match(/^[^*?]*(?=\/)|^[^*?]+$/)?.[0]
  if (!plain) return pattern
  const place = realPlace(path.resolve(root, plain))
  return (path.isAbsolute(plain) ? place : path.relative(root, place)) + pattern.slice(plain.length)
}

// The hooks. `action(session, permission, text)` is what the rules of the session's agent say.
export function places({ directory, worktree }, action) {
  const root = worktree || directory
  const named = (place) => path.relative(root, place)
  const asks = (session, place) => !["allow", undefined].includes(action(session, "read", named(place)))

  // The name under which a file is read only with consent: its own, or another of the same file (a hard
  // link) in one of the folders above it.
  function keptAs(session, place) {
    return asks(session, place) ? place : sameFile(place, folders(place), (other) => asks(session, other))
  }

  function folders(place) {
    const found = []
    const top = path.parse(root).root === root ? directory : root
    for (let at = path.dirname(place); at === top || at.startsWith(top + "/"); at = path.dirname(at)) found.push(at)
    return found
  }

  // The real place of a path; an error, in words for the model, where the call cannot be made.
  function permitted(tool, session, name, placeOf = realPlace) {
    const given = path.isAbsolute(name) ? name : path.resolve(directory, name)
    const plain = path.resolve(given)
    if (action(session, CHANGES.has(tool) ? "edit" : "read", named(plain)) === "deny") {
      throw new Error(`The user's rules forbid ${name}.`)
    }
    const place = placeOf(given)
    const kept = keptAs(session, place)
    if (kept && SEARCHES.has(tool)) {
      const really = kept === plain ? "" : ` is ${kept}, which`
      throw new Error(
        `${name}${really} is only read with the user's consent, and ${tool} cannot ask for it: use the read tool, which asks.`,
      )
    }
    return placeOf === realPlace && kept ? kept : place
  }

  function follow(args, key, tool, session) {
    const name = args[key]
    if (typeof name !== "string" || !name) return
    const place = permitted(tool, session, name)
    if (place !== path.resolve(directory, name)) args[key] = place
  }

  function followPatch(text, tool, session) {
    const lines = text.split("\n")
    return lines
      .map((line, index) => {
        const header = HEADER.exec(line)
        const name = header && line.slice(header[0].length).trim()
        if (!name) return line
        const moved = header[1] === "Update File" && HEADER.exec(lines[index + 1] ?? "")?.[1] === "Move to"
        // It is the link that is deleted, or moved, not what it leads to.
        const removed = header[1] === "Delete File" || moved
        const given = path.resolve(directory, name)
        if (moved && linkTarget(given) !== undefined) {
          throw new Error(`${name} is a link to ${realPlace(given)}: a patch cannot move a link.`)
        }
        const place = permitted(tool, session, given, removed ? realParent : realPlace)
        if (place === given) return line
        if (place !== place.trim() || place.includes("\n")) {
          throw new Error(`${name} is ${JSON.stringify(place)}, which a patch cannot name.`)
        }
        return `${header[0]} ${place}`
      })
      .join("\n")
  }

  function before({ tool, sessionID }, args) {
    if (!args || typeof args !== "object") return
    if (tool === "batch") {
      for (const call of asList(args.tool_calls)) before({ tool: call?.tool, sessionID }, call?.parameters)
    } else if (PATCHES.has(tool)) {
      if (typeof args.patchText === "string") args.patchText = followPatch(args.patchText, tool, sessionID)
    } else if (Object.hasOwn(ARGUMENT, tool)) {
      follow(args, ARGUMENT[tool], tool, sessionID)
      for (const edit of asList(args.edits)) if (edit?.filePath) follow(edit, "filePath", tool, sessionID)
    }
  }

  // What a search found in files that are only read with consent is left out. That it was must not tell
  // whether something was found in them: so it is said every time, unless the rules keep nothing.
  function after({ tool, sessionID }, output) {
    if (tool === "read" && typeof output?.output === "string") output.output = instructions(sessionID, output.output)
    if (tool !== "grep" || typeof output?.output !== "string") return
    const [first, ...lines] = output.output.split("\n")
    let shown = false
    let matches = 0
    const kept = lines.filter((line) => {
      if (line === CUT_BY_THE_SERVER) return true
      if (line.startsWith("/") && line.endsWith(":")) shown = !keptAs(sessionID, line.slice(0, -1))
      else if (MATCH.test(line)) matches += shown ? 1 : 0
      // A name with a line break in it: nobody knows whose lines follow.
      else if (line) shown = false
      return shown
    })
    const found = /^Found \d+ matches/.test(first)
    const head = found && matches ? first.replace(/\d+/, matches) : "No files found"
    const keeps = asks(sessionID, path.join(root, ".env")) || kept.length < lines.length
    output.output = [head, ...(matches ? kept : []), ...(keeps ? ["", CUT_BY_US] : [])].join("\n")
    if (output.metadata) output.metadata.matches = matches
  }

  // Instructions (AGENTS.md and the like) of the project that are a link to elsewhere are not taken along
  // unasked: the model is told where they are.
  function instructions(sessionID, text) {
    for (const [, name] of text.matchAll(INSTRUCTIONS)) {
      if (!within(name)) continue // from a place that the user chose
      const place = realPlace(name)
      if (within(place) && !keptAs(sessionID, place)) continue
      const begin = text.indexOf(`Instructions from: ${name}\n`)
      const body = begin + `Instructions from: ${name}\n`.length
      const content = looked(() => new TextDecoder().decode(fs.readFileSync(place)))
      // What cannot be told from the rest any more goes with the rest.
      const end = content !== undefined && text.startsWith(content, body) ? body + content.length : text.length
      const words = `(The instructions ${name} are a link to ${place}: use the read tool for it, which asks.)`
      if (begin >= 0) text = text.slice(0, begin) + words + text.slice(end)
    }
    return text
  }

  function within(place) {
    return [directory, root].some((top) => top !== "/" && (place === top || place.startsWith(top + "/")))
  }

  return { before, after, instructions }
}

const asList = (value) => (Array.isArray(value) ? value : [])

const realParent = (name) => path.join(realPlace(path.dirname(name)), path.basename(name))

// The first file in these folders that `fits` and is the same file as that of `place`.
function sameFile(place, folders, fits) {
  const file = looked(() => fs.lstatSync(place))
  if (!file?.isFile() || file.nlink < 2) return undefined
  for (const folder of folders) {
    for (const entry of looked(() => fs.readdirSync(folder)) ?? []) {
      const other = path.join(folder, entry)
      if (other === place || !fits(other)) continue
      const found = looked(() => fs.lstatSync(other))
      if (found?.ino === file.ino && found.dev === file.dev) return other
    }
  }
  return undefined
}

// What is not there, or not for us to see, is not for the tool either: it runs as the same user.
function looked(look) {
  try {
    return look()
  } catch {
    return undefined
  }
}
