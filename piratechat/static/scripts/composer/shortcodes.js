// Names of emoji between colons, ":parrot:", in a text that is being typed.  Pure.

// Letters of a name from which on others are offered that begin so.
const ENOUGH = 2
const MOST = 6
// Behind a letter or a digit, a colon or a slash, a colon begins no name: 10:30, std::is, http://a, C:/b.
const TYPED = /(?:^|[^\p{L}\p{M}\p{N}_:/\\`])(:([a-z0-9_+-]+))$/u
const CLOSED = /(?:^|[^\p{L}\p{M}\p{N}_:/\\`])(:([a-z0-9_+-]+):)$/u
// Letters of the longest name, with room for those of the years to come.
const LONGEST = 64
// What has no letter is a part of a face or of a time, but for these two.
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
   * Names that begin with `typed`, the shortest first, and then those of which another word does; one for each emoji.
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
 * The name that is being typed before `caret`, with where its colon is; null if there is none.
 *
 * @param {string} text
 * @param {number} caret
 */
export const typedName = (text, caret) => nameAt(text, caret, TYPED)

/**
 * The name that ends with a colon just before `caret`, with where its first colon is; null if there is none.
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
 * Whether what is typed behind `before` is in code, also in code that is not closed yet.
 *
 * @param {string} before
 */
export function isInCode(before) {
  const fences = before.split('```')
  if (fences.length % 2 === 0) return true
  const line = fences[fences.length - 1].split('\n').pop() ?? ''
  return line.split('`').length % 2 === 0
}
