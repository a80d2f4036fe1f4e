// Names after an "@" in a text that is being typed.  Pure.

import { isInCode } from './shortcodes.js'

const MOST = 6
// Letters of the longest name.
const LONGEST = 40
// Behind a letter of an address, as in "me@example.org", an "@" begins no name; scripts without spaces put none before it.
const TYPED = /(?:^|[^A-Za-z0-9_.@+-])(@([^@\n]*))$/u
const folded = (/** @type {string} */ text) => text.normalize('NFKC').toLocaleLowerCase()

/**
 * What is typed of a name before `caret`, with where its "@" is; null without one.
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
 * Those of `names` that begin with what is typed, in their order, and then those of which another word does.
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
