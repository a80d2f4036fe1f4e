// Cuts what was said into text, code and links.  Pure.  Joined together, the parts
// are exactly the text: nothing that was said is hidden or changed.

import { beginsRtl, hasRtl } from '../lib/bidi.js'

// Code is found here as the server finds it (model/links.py); links only the server finds.
const CODE = /(```[\s\S]+?```\n?)|(?<!`)`[^`\n]+`(?!`)/g
const SAFE = /^(https?|mailto):/i

/**
 * @import { Links } from '../types.d.ts'
 * @typedef {{kind: 'text' | 'code' | 'block' | 'link', value: string, href?: string, inRtl?: boolean}} Part
 */

/**
 * Returns the parts of `text`.  `inRtl`: a link, or code, in a line whose other letters run from right to left.
 *
 * @param {string} text
 * @param {Links} links  none of them in code
 */
export function parts(text, links = []) {
  const found = cut(text, links)
  return hasRtl(text) ? withDirections(found) : found
}

/**
 * The direction of a line is that of its first letter outside of links and code.
 *
 * @param {Part[]} found
 */
function withDirections(found) {
  let line = 0
  /** @type {Map<number, boolean | null>} */
  const directions = new Map()
  const lines = found.map(({ kind, value }) => {
    const begin = line
    if (kind === 'block') line++
    if (kind !== 'text') return begin
    for (const [number, stretch] of value.split('\n').entries()) {
      if (number) line++
      directions.set(line, directions.get(line) ?? beginsRtl(stretch))
    }
    return begin
  })
  return found.map((part, at) => (['link', 'code'].includes(part.kind) && directions.get(lines[at]) ? { ...part, inRtl: true } : part))
}

/**
 * @param {string} text
 * @param {Links} links
 */
function cut(text, links) {
  const place = links.length ? placesOf(text) : []
  /** @type {{kind: Part['kind'], start: number, end: number, href?: string}[]} */
  const marks = links.filter(([, , href]) => SAFE.test(href))
    .map(([start, end, href]) => ({ kind: 'link', start: place[start], end: place[end], href }))
  for (const { 0: value, 1: block, index } of text.matchAll(CODE)) {
    marks.push({ kind: block ? 'block' : 'code', start: index, end: index + value.length })
  }
  marks.sort((one, other) => one.start - other.start)
  /** @type {Part[]} */
  const found = []
  let done = 0
  const plain = (/** @type {number} */ end) => { if (end > done) found.push({ kind: 'text', value: text.slice(done, end) }) }
  for (const { kind, start, end, href } of marks) {
    plain(start)
    found.push({ kind, value: text.slice(start, end), ...(href && { href }) })
    done = end
  }
  plain(text.length)
  return found
}

/**
 * The links among parts, as `parts` takes them.
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
 * Where each code point of `text` begins in it, and where the last one ends.
 *
 * @param {string} text
 */
function placesOf(text) {
  const places = [0]
  for (const point of text) places.push(places[places.length - 1] + point.length)
  return places
}
