// The texts of the scripts that are loaded only for translation on this device.  Pure.

import { texts } from './catalogue.js'

const PLACEHOLDER = /\$\{(\w+)\}/g

/**
 * The text `id`, with `values` for its placeholders.
 *
 * @param {string} id
 * @param {Record<string, string>} [values]
 */
export const text = (id, values = {}) => /** @type {string} */ (texts[id]).replace(PLACEHOLDER, (_, name) => values[name])
