// Names of emoji between colons, ":parrot:", in a text that is being typed.  Pure.

// Number of letters after which completions are offered.
const ENOUGH = 2
const MOST = 6
// A colon after a letter, a digit, a colon or a slash does not begin a name: 10:30, std::is, http://a, C:/b.
const TYPED = /(?:^|[^\p{L}\p{M}\p{N}_:/\\`])(:([a-z0-9_+-]+))$/u
const CLOSED = /(?:^|[^\p{L}\p{M}\p{N}_:/\\`])(:([a-z0-9_+-]+):)$/u
// Maximum length of a name in letters, with a reserve for future names.
const LONGEST = 64
// Text without letters is part of an emoticon or of a time, except for these two names.
const THUMBS = /^[+-]1$/

/**
 * The names of emoji.
 */
export class EmojiNames {
  /** @param {Record<string, string[]>} names  of each emoji */
  constructor(names) {
    /** @type {Map<string, string>} */
    this.emoji = new Map()
    for (const [emoji, its] of Object.entries(names)) for (const name of its) this.emoji.set(name, emoji)
  }

  /**
   * Names that begin with `typed`, the shortest first, and then names in which another word does; one for each emoji.
   *
   * @param {string} typed
   */
  beginningWith(typed) {
    if (typed.length < ENOUGH || !(/[a-z]/.test(typed) || THUMBS.test(typed))) return []
    const all = [...this.emoji.keys()]
    const first = all.filter((name) => name.startsWith(typed)).sort((one, other) => one.length - other.length)
    const inner = all.filter((name) => !name.startsWith(typed) && name.includes(`_${typed}`))
    /** @type {Map<string, string>} */
    const found = new Map()
    for (const name of [...first, ...inner]) {
      const emoji = /** @type {string} */ (this.emoji.get(name))
      if (!found.has(emoji)) found.set(emoji, name)
      if (found.size === MOST) break
    }
    return [...found].map(([emoji, name]) => ({ emoji, name }))
  }
}

/**
 * Returns the incomplete name before `caret`, and the position of its colon; or null.
 *
 * @param {string} text
 * @param {number} caret
 */
export const typedName = (text, caret) => nameAt(text, caret, TYPED)

/**
 * Returns the name whose closing colon is just before `caret`, and the position of its first colon; or null.
 *
 * @param {string} text
 * @param {number} caret
 */
export const closedName = (text, caret) => nameAt(text, caret, CLOSED)

/**
 * @param {string} text
 * @param {number} caret
 * @param {RegExp} pattern
 */
function nameAt(text, caret, pattern) {
  const found = pattern.exec(text.slice(Math.max(0, caret - LONGEST), caret))
  return found && !isInCode(text.slice(0, caret)) ? { start: caret - found[1].length, name: found[2] } : null
}

/**
 * Whether text typed after `before` is in code, even if the code is not closed yet.
 *
 * @param {string} before
 */
export function isInCode(before) {
  const fences = before.split('```')
  if (fences.length % 2 === 0) return true
  const line = fences[fences.length - 1].split('\n').pop() ?? ''
  return line.split('`').length % 2 === 0
}
