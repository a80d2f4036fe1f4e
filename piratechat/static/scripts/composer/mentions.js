// Names after an "@" in a text that is being typed.  Pure.

import { isInCode } from './shortcodes.js'

const MOST = 6
// Length of the longest name, in letters.
const LONGEST = 40
// An "@" after a letter is part of an address, as in "me@example.org", except in scripts without spaces between words.
const TYPED = /(?:^|[^A-Za-z0-9_.@+-])(@([^@\n]*))$/u
const folded = (/** @type {string} */ text) => text.normalize('NFKC').toLocaleLowerCase()

/**
 * Returns the beginning of a name before `caret`, and the position of its "@"; or null.
 *
 * @param {string} text
 * @param {number} caret
 */
export function typedMention(text, caret) {
  const found = TYPED.exec(text.slice(Math.max(0, caret - 2 * LONGEST), caret))
  if (!found || [...found[2]].length > LONGEST || isInCode(text.slice(0, caret))) return null
  return { start: caret - found[1].length, name: found[2] }
}

/**
 * Returns the `names` that begin with the typed text, and then those in which another word begins with it, each in order.
 *
 * @param {string} typed
 * @param {Iterable<string>} names
 */
export function namesLike(typed, names) {
  const wanted = folded(typed)
  const all = [...new Set(names)]
  const first = all.filter((name) => folded(name).startsWith(wanted))
  const inner = all.filter((name) => !first.includes(name) && folded(name).includes(` ${wanted}`))
  return [...first, ...inner].slice(0, MOST)
}
