// Texts of the user interface, by their ids; "make build" generates catalogue.js from the gettext catalogues.  Pure.

import { language, texts } from './catalogue.js'

const PLACEHOLDER = /\$\{(\w+)\}/
export const numbers = new Intl.NumberFormat(language)
const plurals = new Intl.PluralRules(language)

/** @typedef {Record<string, string | number>} Values */

/**
 * The text `id`, with `values` for its placeholders.
 *
 * @param {string} id
 * @param {Values} [values]
 */
export function text(id, values = {}) {
  return textParts(id, values).join('')
}

/**
 * The plural form of the text `id` for `count`, which is also a value.
 *
 * @param {string} id
 * @param {number} count
 * @param {Values} [values]
 */
export function plural(id, count, values = {}) {
  const forms = /** @type {Record<string, string>} */ (texts[id])
  return filled(forms[plurals.select(count)] ?? forms.other, { count, ...values }).join('')
}

/**
 * The text `id` as a list of parts, whose values can be elements.
 *
 * @template {string | number | Element} V
 * @param {string} id
 * @param {Record<string, V>} values
 */
export function textParts(id, values) {
  return filled(/** @type {string} */ (texts[id]), values)
}

/**
 * @template {string | number | Element} V
 * @param {string} template
 * @param {Record<string, V>} values
 */
function filled(template, values) {
  return template.split(PLACEHOLDER).map((part, at) => (at % 2 ? shown(values[part]) : part))
}

/** @param {string | number | Element} value */
function shown(value) {
  return typeof value === 'number' ? numbers.format(value) : value
}
