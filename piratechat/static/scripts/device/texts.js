// The texts of what is loaded only where this device translates.  Pure.

import { texts } from './catalogue.js'

const PLACEHOLDER = /\$\{(\w+)\}/g

/**
 * The text `id`, with `values` in place of its placeholders.
 *
 * @param {string} id
 * @param {Record<string, string>} [values]
 */
export const text = (id, values = {}) => /** @type {string} */ (texts[id]).replace(PLACEHOLDER, (_, name) => values[name])
