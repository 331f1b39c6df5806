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
