// The elements that show a text, the same as those of views/message_list.py.  Pure.

/**
 * @import { Part } from './formatting.js'
 * @typedef {[tag: keyof HTMLElementTagNameMap, attributes: Record<string, string | true>, children: Markup[]]} Element
 * @typedef {string | Element} Markup
 */

/** @type {Record<Exclude<Part['kind'], 'text'>, (part: Part, inner: Markup[]) => Element>} */
const ELEMENTS = {
  // Hidden, but included when text is copied.
  mark: ({ value }) => ['span', { hidden: true }, [value]],
  code: ({ inRtl }, inner) => ['code', only('class', inRtl ? 'in-rtl' : ''), inner],
  link: ({ href = '', inRtl }, inner) => ['a', { ...only('class', inRtl ? 'in-rtl' : ''), href, rel: 'nofollow noopener noreferrer', target: '_blank' }, inner],
  em: (_, inner) => ['em', {}, inner],
  strong: (_, inner) => ['strong', {}, inner],
  both: (_, inner) => ['strong', {}, [['em', {}, inner]]],
  strike: (_, inner) => ['s', {}, inner],
  block: ({ value }, inner) => ['div', { class: 'block', dir: 'ltr', ...only('data-language', value) },
    [['pre', { tabindex: '0' }, [['code', {}, inner]]]]],
  quote: (_, inner) => ['blockquote', { dir: 'auto' }, inner],
  bullets: (_, inner) => ['ul', { dir: 'auto' }, inner],
  numbers: (_, inner) => ['ol', { dir: 'auto' }, inner],
  item: ({ value }, inner) => ['li', only('value', value), inner],
}

/** @returns {Record<string, string>} */
const only = (/** @type {string} */ name, /** @type {string} */ value) => (value ? { [name]: value } : {})

/**
 * @param {Part} part
 * @returns {Markup}
 */
export function markup(part) {
  return part.kind === 'text' ? part.value : ELEMENTS[part.kind](part, part.parts.map(markup))
}
