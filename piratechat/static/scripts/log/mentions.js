// People who are mentioned, in a text that is shown: "@Bo", wherever a translator has put it.  Pure.

/**
 * `text` in parts, those at odd places the mentions of `names`; what is in one part only has none.
 *
 * @param {string} text
 * @param {string[]} names
 */
export function withMentions(text, names) {
  if (!names.length || !text.includes('@')) return [text]
  // Of two names, one of which begins the other, the longer is meant.
  const longestFirst = [...new Set(names)].sort((one, other) => other.length - one.length)
  return text.split(new RegExp(`(@(?:${longestFirst.map(escaped).join('|')}))`, 'iu'))
}

/** @param {string} name */
function escaped(name) {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
