// Message formatting: code, emphasis, quotes and lists; docs/formatting.md has the rules.  Pure.
//
// The text itself is not changed: formatting marks are parts as well, and the concatenation of all parts is the text.
// model/formatting.py has the same rules, and tests/pages_js/formatting.json has test cases for both.

import { beginsRtl, hasRtl } from '../lib/bidi.js'

/**
 * @import { Links } from '../types.d.ts'
 *
 * Within a line: "code", "link", "em", "strong", "both" (of these) and "strike".  Lines: a "block" of code, a "quote",
 * "bullets" and "numbers", which are lists, and the "item" of a list.  `value`: the characters of a "text" or a "mark",
 * which is not shown; the language of a "block"; the number of an "item", if it has one.
 * `inRtl`: a link, or code, in a line whose other letters are right-to-left.
 *
 * @typedef {'text' | 'mark' | 'code' | 'link' | 'em' | 'strong' | 'both' | 'strike'
 *   | 'block' | 'quote' | 'bullets' | 'numbers' | 'item'} Kind
 * @typedef {{kind: Kind, value: string, parts: Part[], href?: string, inRtl?: boolean}} Part
 *
 * A link, or inline code.
 * @typedef {{start: number, end: number, href?: string}} Atom
 *
 * `content`: the end of the line's marks; `item`: its number in a list, "" for a bullet, null without a list; `indent`: the
 * number of spaces before its mark.
 * @typedef {{start: number, content: number, end: number, isQuoted: boolean, item: string | null, indent: number}} Line
 */

const CODE = /(```[\s\S]+?```\n?)|(?<!`)``(?!`)[^\n]+?(?<!`)``(?!`)|(?<!`)`[^`\n]+`(?!`)/g
const FENCE = /^```(?:([\p{L}\p{N}_+#.-]{0,20})[ \t]*\n)?/u
const CLOSING_FENCE = /```\n?$/
const QUOTE = /^> (?=[ \t]*[^ \t\n])/
const EMPTY_QUOTE = /^>[ \t]*(?=\n|$)/
const ITEM = /^( {0,8})(?:-|(0|[1-9][0-9]{0,5})\.) (?=[^ \t\n])/
const RUN = /\*+|_+|~+|\n/g
const MAY_BE_FORMATTED = /[`*_]|~~|^>? {0,8}(?:> |- |[0-9]{1,6}\. )/m
const LINE = /[^\n]*\n|[^\n]+/g
const SAFE = /^(https?|mailto):/i

/** @type {Record<string, Kind>} */
const KINDS = { '*': 'em', _: 'em', '**': 'strong', '***': 'both', '~~': 'strike' }
// Scripts without spaces between words, or with particles attached to words (Hangul): there a mark may touch a letter.
const UNSPACED = '\\u0e00-\\u0fff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u2e80-\\u33ff\\u3400-\\u4dbf\\u4e00-\\u9fff'
  + '\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\uff66-\\uffdc\\u{1b000}-\\u{1b16f}\\u{20000}-\\u{3ffff}'
// Characters that may surround marked words, and that these may begin and end with.
const BESIDE = `\\t\\n\\r"',;!?*_~\\p{Z}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Pd}\\p{So}${UNSPACED}`
const BEYOND_ASCII = '(?![\\0-\\x7f])\\p{Po}'
const BEFORE = new RegExp(`^(?:$|[${BESIDE}]|${BEYOND_ASCII})`, 'u')
const BEHIND = new RegExp(`^(?:$|[${BESIDE}:.]|${BEYOND_ASCII})`, 'u')
const FIRST = /^[\p{L}\p{N}\p{Ps}\p{Pi}\p{Sc}\p{So}"'@#&:<`¿¡*_~]/u
const LAST = new RegExp(`^(?:[\\p{L}\\p{M}\\p{N}\\p{Pe}\\p{Pf}\\p{Sc}\\p{So}.,!?:;"'%>\`/*_~]|${BEYOND_ASCII})`, 'u')
const HAS_WORD = /[\p{L}\p{N}\u{1f000}-\u{1faff}]/u

/**
 * @param {Kind} kind
 * @param {string} value
 * @param {Part[]} inner
 * @returns {Part}
 */
const part = (kind, value, inner = []) => ({ kind, value, parts: inner })

/**
 * Returns the parts of `text`, which has the `links`, none of them in code.
 *
 * @param {string} text
 * @param {Links} links
 */
export function parts(text, links = []) {
  if (!links.length && !MAY_BE_FORMATTED.test(text)) return text ? [part('text', text)] : []
  return new Formatted(text, links).parts()
}

// A text that is being parsed.
class Formatted {
  /**
   * @param {string} text
   * @param {Links} links
   */
  constructor(text, links) {
    this.text = text
    /** @type {Atom[]} */
    this.blocks = []
    const place = links.length ? placesOf(text) : []
    /** @type {Atom[]} */
    this.atoms = links.filter(([, , href]) => SAFE.test(href))
      .map(([start, end, href]) => ({ start: place[start], end: place[end], href }))
    for (const { 0: value, 1: block, index: start } of text.matchAll(CODE)) {
      (block ? this.blocks : this.atoms).push({ start, end: start + value.length })
    }
    this.atoms.sort((one, other) => one.start - other.start)
    this.atom = 0
    this.inRtl = this.atoms.length && hasRtl(text) ? this.atomsInRtl() : new Set()
  }

  parts() {
    /** @type {Part[][]} */
    const found = []
    let at = 0
    for (const { start, end } of this.blocks) {
      found.push(this.lines(at, start), [blockOf(this.text.slice(start, end))])
      at = end
    }
    found.push(this.lines(at, this.text.length))
    return found.flat()
  }

  // The starts of links and code in right-to-left lines, by the first letter of the line outside these.
  atomsInRtl() {
    const spans = [...this.atoms.map((atom) => ({ ...atom, blank: ' ' })), ...this.blocks.map((block) => ({ ...block, blank: '\n' }))]
    let [outside, at] = ['', 0]
    for (const { start, end, blank } of spans.sort((one, other) => one.start - other.start)) {
      outside += this.text.slice(at, start) + blank.repeat(end - start)
      at = end
    }
    /** @type {Set<Atom>} */
    const found = new Set()
    let [next, end] = [0, 0]
    for (const line of (outside + this.text.slice(at)).split('\n')) {
      end += line.length + 1
      const isRtl = beginsRtl(line)
      for (; next < this.atoms.length && this.atoms[next].start < end; next++) if (isRtl) found.add(this.atoms[next])
    }
    return found
  }

  /**
   * Returns the parts of the lines from `start` to `end`, which contain no block.
   *
   * @param {number} start
   * @param {number} end
   */
  lines(start, end) {
    /** @type {Line[]} */
    const lines = []
    for (const { 0: line, index } of this.text.slice(start, end).matchAll(LINE)) {
      lines.push(this.line(start + index, line, Boolean(lines.at(-1)?.isQuoted)))
    }
    return runsOf(lines, ({ isQuoted }) => isQuoted)
      .flatMap((run) => (run[0].isQuoted ? [part('quote', '', this.listed(run))] : this.listed(run)))
  }

  /**
   * @param {number} start
   * @param {string} line
   * @param {boolean} goesOn  whether the one above is quoted
   * @returns {Line}
   */
  line(start, line, goesOn) {
    const end = start + line.length
    // The line may begin with a code block.
    if (start && this.text[start - 1] !== '\n') return { start, content: start, end, isQuoted: false, item: null, indent: 0 }
    const quote = QUOTE.exec(line) ?? (goesOn ? EMPTY_QUOTE.exec(line) : null)
    const quoted = quote?.[0].length ?? 0
    const item = ITEM.exec(line.slice(quoted))
    const content = start + quoted + (item?.[0].length ?? 0)
    return { start, content, end, isQuoted: Boolean(quote), item: item && (item[2] ?? ''), indent: item?.[1].length ?? 0 }
  }

  /**
   * @param {Line[]} lines
   * @returns {Part[]}
   */
  listed(lines) {
    return runsOf(lines, ({ item }) => item !== null).flatMap((run) => (run[0].item === null ? this.inline(run) : this.lists(run)))
  }

  /**
   * @param {Line[]} lines
   * @returns {Part[]}
   */
  lists(lines) {
    /** @type {{line: Line, inner: Line[]}[]} */
    const items = []
    for (const line of lines) {
      if (items.length && line.indent > items[0].line.indent + 1) items[items.length - 1].inner.push({ ...line, indent: 0 }) // which has no nested list
      else items.push({ line, inner: [] })
    }
    return runsOf(items, ({ line }) => Boolean(line.item)).map((run) => part(run[0].line.item ? 'numbers' : 'bullets', '',
      run.map(({ line, inner }) => part('item', line.item ?? '', [...this.inline([line]), ...this.lists(inner)]))))
  }

  /**
   * Returns the parts of consecutive lines.
   *
   * @param {Line[]} lines
   */
  inline(lines) {
    const { text } = this
    const { end } = lines[lines.length - 1]
    let at = lines[0].start
    const first = this.atom
    while (this.atom < this.atoms.length && this.atoms[this.atom].start < end) this.atom++
    const atoms = this.atoms.slice(first, this.atom)
    /** @type {{start: number, end: number, what: string, atom?: Atom}[]} */
    const marks = [
      ...lines.filter(({ start, content }) => content > start).map(({ start, content }) => ({ start, end: content, what: 'mark' })),
      ...atoms.map((atom) => ({ start: atom.start, end: atom.end, what: 'atom', atom })),
      ...emphasis(text, at, end, atoms),
    ].sort((one, other) => one.start - other.start)
    /** @type {Part[][]} */
    const open = [[]]
    const add = (/** @type {Part} */ made) => open[open.length - 1].push(made)
    for (const mark of marks) {
      if (mark.start > at) add(part('text', text.slice(at, mark.start)))
      at = mark.end
      const value = text.slice(mark.start, mark.end)
      if (mark.atom) add(this.partOf(mark.atom, value))
      else if (mark.what === 'mark') add(part('mark', value))
      else if (mark.what === 'begin') open.push([part('mark', value)])
      else add(part(KINDS[value], '', [.../** @type {Part[]} */ (open.pop()), part('mark', value)]))
    }
    if (end > at) add(part('text', text.slice(at, end)))
    return open[0]
  }

  /**
   * @param {Atom} atom
   * @param {string} value
   * @returns {Part}
   */
  partOf(atom, value) {
    const more = this.inRtl.has(atom) ? { inRtl: true } : {}
    if (atom.href) return { ...part('link', '', [part('text', value)]), href: atom.href, ...more }
    const mark = value.startsWith('``') ? '``' : '`'
    const inner = [part('mark', mark), part('text', value.slice(mark.length, -mark.length)), part('mark', mark)]
    return { ...part('code', '', inner), ...more }
  }
}

/**
 * @param {string} block
 * @returns {Part}
 */
function blockOf(block) {
  const [opening, language = ''] = /** @type {RegExpExecArray} */ (FENCE.exec(block))
  const [closing] = /** @type {RegExpExecArray} */ (CLOSING_FENCE.exec(block))
  const middle = block.slice(opening.length, -closing.length)
  return part('block', language, [part('mark', opening), ...(middle ? [part('text', middle)] : []), part('mark', closing)])
}

/**
 * Returns the positions of emphasis marks, and whether the marked text begins or ends there.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {Atom[]} atoms  in which there is none
 */
function emphasis(text, start, end, atoms) {
  /** @type {{start: number, end: number, what: 'begin' | 'end'}[]} */
  const found = []
  /** @type {Map<string, {start: number, end: number}>} the last is the innermost */
  const begun = new Map()
  for (const run of runs(text, start, end, atoms)) {
    const value = text.slice(run.start, run.end)
    if (value === '\n') begun.clear()
    if (!Object.hasOwn(KINDS, value)) continue
    const before = characterBefore(text, run.start)
    const after = characterAt(text, run.end)
    if (before && before === after) continue
    const other = begun.get(value)
    if (other && LAST.test(before) && BEHIND.test(after) && HAS_WORD.test(text.slice(other.end, run.start))) {
      found.push({ ...other, what: 'begin' }, { ...run, what: 'end' })
      for (const inner of [...begun.keys()].reverse()) {
        begun.delete(inner)
        if (inner === value) break
      }
      continue
    }
    begun.delete(value)
    if (FIRST.test(after) && BEFORE.test(before)) begun.set(value, run)
  }
  return found
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {Atom[]} atoms
 */
function* runs(text, start, end, atoms) {
  let at = start
  for (const atom of [...atoms, { start: end, end }]) {
    for (const { 0: value, index } of text.slice(at, atom.start).matchAll(RUN)) {
      yield { start: at + index, end: at + index + value.length }
    }
    at = atom.end
  }
}

/**
 * Splits `all` into runs with the same `kind`.
 *
 * @template One
 * @param {One[]} all
 * @param {(one: One) => boolean} kind
 */
function runsOf(all, kind) {
  /** @type {One[][]} */
  const found = []
  for (const [at, one] of all.entries()) {
    if (at && kind(one) === kind(all[at - 1])) found[found.length - 1].push(one)
    else found.push([one])
  }
  return found
}

/**
 * @param {string} text
 * @param {number} at
 */
const characterAt = (text, at) => (at < text.length ? String.fromCodePoint(/** @type {number} */ (text.codePointAt(at))) : '')

/**
 * @param {string} text
 * @param {number} at
 */
function characterBefore(text, at) {
  const pair = at > 1 ? characterAt(text, at - 2) : ''
  return pair.length > 1 ? pair : text.slice(Math.max(at - 1, 0), at)
}

/**
 * Returns `text` without formatting marks, for screen readers, and where formatting is impossible.
 *
 * @param {string} text
 * @param {Links} [links]
 */
export function plain(text, links) {
  return parts(text, links).map(plainPart).join('')
}

/**
 * @param {Part} part
 * @returns {string}
 */
function plainPart({ kind, value, parts: inner }) {
  if (kind === 'text') return value
  if (kind === 'mark') return ''
  const shown = inner.map(plainPart).join('')
  // The number of an item is among its marks.
  if (kind === 'item' && value) return `${value}. ${shown}`
  // The line may end within the closing mark of a block.
  return kind === 'block' && inner[inner.length - 1].value.endsWith('\n') && !shown.endsWith('\n') ? `${shown}\n` : shown
}

/**
 * Returns the links among the parts of a text, in the format of `parts`.
 *
 * @param {{value: string, href?: string | null}[]} found
 */
export function linksOf(found) {
  /** @type {Links} */
  const links = []
  let start = 0
  for (const { value, href } of found) {
    const end = start + [...value].length
    if (href) links.push([start, end, href])
    start = end
  }
  return links
}

/**
 * Returns the index of each code point in `text`, and the end of the last one.
 *
 * @param {string} text
 */
function placesOf(text) {
  const places = [0]
  for (const point of text) places.push(places[places.length - 1] + point.length)
  return places
}
