// Splits a text for this device's translator, which translates the words between the marks piece by piece.  Links, code,
// formatting, mentions, emoji and shortcodes are preserved, as with the server's masking "split"
// (translators/text/masking.py).  Pure.

import { EMOJI } from '../log/emoji.js'
import { parts } from '../log/formatting.js'
import { SPACELESS, withMentions } from '../log/mentions.js'

/**
 * @import { Links } from '../types.d.ts'
 * @import { Part } from '../log/formatting.js'
 *
 * `kind`: "words" are translated, "gap" is white space and punctuation between them, "mark" is preserved.  `opens`: whether a mark
 * formats what comes after it, or what comes before it.
 * @typedef {{kind: 'words' | 'gap' | 'mark', text: string, href?: string, opens?: boolean}} Piece
 */

const HOST = '[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*'
// Preserved text that is not a link on the page: other addresses, accounts and names elsewhere, shortcodes, emoji.
const MARK = new RegExp([
  '(?:https?|s?ftps?|wss?|ssh|git|file|ircs?)://[!-~]*[A-Za-z0-9/#&=_~%+$-]',
  'magnet:\\?[!-~]+',
  '(?<![\\p{L}\\p{N}_.])www\\.[A-Za-z0-9][!-~]*[A-Za-z0-9/#&=_~%+$-]',
  `(?<![\\p{L}\\p{N}_.%+-])[A-Za-z0-9_.%+-]{1,80}@${HOST}`,
  `(?<![\\p{L}\\p{N}_])@[A-Za-z0-9_]{1,40}(?:[.-][A-Za-z0-9_]+)*@${HOST}`,
  '(?<![\\p{L}\\p{N}_])[@\\uff20](?:[A-Za-z0-9_\\u00c0-\\u024f]{1,40}|[\\p{L}\\p{M}\\p{N}_]{1,40})',
  '(?<![\\p{L}\\p{N}_:/\\\\]):[a-z0-9_+-]{2,80}:(?![\\p{L}\\p{N}])',
  EMOJI,
].map((each) => `(?:${each})`).join('|'), 'giu')
const LETTER = /\p{L}/u
const LINES = /([\r\n\v\f\x85\u2028\u2029]+)/
const WORDS = /^(\s*)(.*?)(\s*)$/s

/**
 * Splits a text into pieces, whose concatenation is the text.
 *
 * @param {string} text
 * @param {Links} [links]  in code points
 * @param {readonly string[]} [names]  of mentioned people
 * @returns {Piece[]}
 */
export function pieces(text, links = [], names = []) {
  return parts(text, links).flatMap((part) => piecesOf(part, names)).filter((piece) => piece.text)
}

/** @param {readonly Piece[]} all */
export const hasWords = (all) => all.some(({ kind }) => kind === 'words')

/**
 * @param {Part} part
 * @param {readonly string[]} names
 * @returns {Piece[]}
 */
function piecesOf({ kind, value, href, parts: inner }, names) {
  if (kind === 'text') return wordsAndMarks(value, names)
  if (kind === 'mark') return [{ kind: 'mark', text: value, opens: true }]
  if (kind === 'code' || kind === 'link' || kind === 'block') return [{ kind: 'mark', text: textOf(inner), href }]
  const last = inner.length - 1
  return inner.flatMap((part, at) => (part.kind === 'mark' && at && at === last
    ? [{ kind: /** @type {const} */ ('mark'), text: part.value, opens: false }] : piecesOf(part, names)))
}

/**
 * @param {readonly Part[]} all
 * @returns {string}
 */
const textOf = (all) => all.map(({ kind, value, parts: inner }) => (kind === 'text' || kind === 'mark' ? value : textOf(inner))).join('')

/**
 * @param {string} text  without formatting
 * @param {readonly string[]} names
 */
function wordsAndMarks(text, names) {
  return withMentions(text, [...names]).flatMap((part, at) => (at % 2 ? [mark(part)] : withoutNames(part)))
}

/** @param {string} text */
function withoutNames(text) {
  /** @type {Piece[]} */
  const found = []
  let at = 0
  for (const { 0: value, index } of text.matchAll(MARK)) {
    found.push(...lines(text.slice(at, index)), mark(value))
    at = index + value.length
  }
  return [...found, ...lines(text.slice(at))]
}

/**
 * @param {string} text
 * @returns {Piece}
 */
const mark = (text) => ({ kind: 'mark', text })

/**
 * @param {string} text
 * @returns {Piece[]}
 */
function lines(text) {
  return text.split(LINES).flatMap((line) => {
    if (!LETTER.test(line)) return [{ kind: 'gap', text: line }]
    const [, before, words, after] = /** @type {RegExpExecArray} */ (WORDS.exec(line))
    return [{ kind: 'gap', text: before }, { kind: 'words', text: words }, { kind: 'gap', text: after }]
  })
}

/**
 * Returns the text with translations instead of the words, and its links; or null if a translation has nothing visible.
 *
 * @param {readonly Piece[]} all
 * @param {readonly string[]} translated  one for each piece of words
 * @returns {{text: string, links: Links} | null}
 */
export function joined(all, translated) {
  const answers = translated.values()
  let [text, length] = ['', 0]
  /** @type {Links} */
  const links = []
  for (const [at, piece] of all.entries()) {
    const answer = piece.kind === 'words' ? readable(answers.next().value, piece.text) : piece.text
    if (!answer) return null
    const shown = piece.kind === 'words' ? apart(answer, piece.text, all[at - 1], all[at + 1]) : answer
    const count = [...shown].length
    if (piece.href) links.push([length, length + count, piece.href])
    text += shown
    length += count
  }
  return { text, links }
}

// Characters that change the direction of all following text.
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g

/**
 * @param {string | undefined} answer
 * @param {string} original
 */
function readable(answer = '', original) {
  const shown = answer.replaceAll(DIRECTION, (found) => (original.includes(found) ? found : '')).replaceAll(/\s+/g, ' ').trim()
  return /[\p{L}\p{N}]/u.test(shown) ? shown : ''
}

const JOINER = /^(?:\p{M}|\u200c|\u200d|[\u{1f3fb}-\u{1f3ff}])$/u
const OF_WORD = new RegExp(`^(?![${SPACELESS}])[\\p{L}\\p{N}_]$`, 'u')
// Characters that continue an address.
const OF_ADDRESS = /^[/#&=_~%@+*$^|\\([{`.:-]$/
const NAME = /^[@\uff20:][^@]*$/
// Code, emoji and formatting have their own end.
const SOLID = /^[^\p{L}\p{N}@\uff20:]/u

/**
 * Returns the translation, separated from adjacent marks if the original was separated from them.
 *
 * @param {string} answer
 * @param {string} original
 * @param {Piece | undefined} before
 * @param {Piece | undefined} after
 */
function apart(answer, original, before, after) {
  if (answer === original) return answer
  const [letters, were] = [[...answer], [...original]]
  const head = before?.kind === 'mark' && before.opens !== true && runsInto(before.text, letters[0], were[0])
  const tail = after?.kind === 'mark' && after.opens !== false && runsInto(after.text, letters[letters.length - 1], were[were.length - 1])
  return `${head ? ' ' : ''}${answer}${tail ? ' ' : ''}`
}

/**
 * @param {string} mark
 * @param {string} letter  next to the mark in the translation
 * @param {string} was  next to the mark in the original
 */
function runsInto(mark, letter, was) {
  if (letter === was) return false
  if (JOINER.test(letter)) return true
  if (SOLID.test(mark)) return OF_WORD.test(letter) && !OF_WORD.test(was)
  return OF_WORD.test(letter) || (NAME.test(mark) ? /[@/\\:_]/.test(letter) : OF_ADDRESS.test(letter))
}
