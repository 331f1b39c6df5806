// What a list of rules says, as the server reads one: the last that fits counts.

// `*` and `?`; a pattern that ends in ` *` also fits without the rest.
export function wildcard(text) {
  let pattern = text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")
  if (pattern.endsWith(" .*")) pattern = pattern.slice(0, -3) + "( .*)?"
  return new RegExp("^" + pattern + "$", "s")
}

// The effect for an action on a resource; undefined where no rule fits.
export const names = (rules, action, resource) =>
  rules.findLast((rule) => wildcard(rule.action).test(action) && wildcard(rule.resource).test(resource))?.effect

// Whether rules that let something of an action through deny this one resource alone.
export function deniesAlone(rules, action, resource) {
  const about = rules.filter((rule) => wildcard(rule.action).test(action))
  if (names(about, action, resource) !== "deny") return false
  return about.some(
    (rule, index) =>
      rule.effect !== "deny" &&
      !about.slice(index + 1).some((later) => later.effect === "deny" && wildcard(later.resource).test(specimen(rule.resource))),
  )
}

// A text that a wildcard fits, and that fits no narrower one by accident.
const specimen = (text) => text.replace(/\*/g, "\ue000\ue001\ue002").replace(/\?/g, "\ue003")
