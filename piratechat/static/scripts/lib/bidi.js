// @ts-check
// Detection of right-to-left letters (Unicode Annex 9).  Pure; model/bidi.py has the same rules.

// Blocks of right-to-left letters.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** Whether letters of `text` run from right to left. */
export const hasRtl = (/** @type {string} */ text) => RIGHT_TO_LEFT.test(text)

/**
 * Whether the first letter of `text` is a right-to-left letter; null if there is no letter.
 *
 * @param {string} text
 */
export function beginsRtl(text) {
  const letter = text.match(/\p{L}/u)
  return letter && hasRtl(letter[0])
}

/** `text`, one line, so that its direction does not turn the words around it, where there are no elements. */
export const isolated = (/** @type {string} */ text) => (hasRtl(text) ? `\u2068${text}\u2069` : text)
