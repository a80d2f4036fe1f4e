// Detection of emoji.  Pure; model/emoji.py has the same rules.

const PICTURES = '\\u231A\\u231B\\u2328\\u23CF\\u23E9-\\u23F3\\u23F8-\\u23FA\\u25FD\\u25FE\\u2600-\\u266C\\u2670-\\u275A'
  + '\\u2761-\\u2767\\u2795-\\u2797\\u27A1\\u27B0\\u27BF\\u2B1B\\u2B1C\\u2B50\\u2B55\\u{1F000}-\\u{1F0FF}\\u{1F170}-\\u{1F19A}'
  + '\\u{1F200}-\\u{1F265}\\u{1F300}-\\u{1F64F}\\u{1F680}-\\u{1F6FF}\\u{1F780}-\\u{1F7FF}\\u{1F900}-\\u{1FAFF}'
// Characters that are text, unless a variation selector makes them emoji.
const SIGNS = '\\u00A9\\u00AE\\u203C\\u2049\\u2122\\u2139\\u2194-\\u2199\\u21A9\\u21AA\\u24C2\\u25AA\\u25AB\\u25B6\\u25C0\\u25FB\\u25FC'
  + '\\u2934\\u2935\\u2B05-\\u2B07\\u3030\\u303D\\u3297\\u3299'
const TAIL = '[\\u{1F3FB}-\\u{1F3FF}]?(?:[\\u{E0020}-\\u{E007E}]+\\u{E007F})?'
export const EMOJI = `(?:[${PICTURES}][\\uFE0E\\uFE0F]?|[${SIGNS}]\\uFE0F)${TAIL}(?:\\u200D[${PICTURES}${SIGNS}][\\uFE0E\\uFE0F]?${TAIL})*`
  + '|[\\u{1F1E6}-\\u{1F1FF}]{2}|[0-9#*]\\uFE0F?\\u20E3'
const FEW = new RegExp(`^[ \\n]*(?:(?:${EMOJI})[ \\n]*){1,3}$`, 'u')
const ONE = new RegExp(`^(?:${EMOJI})$`, 'u')
const MAX_LENGTH = 60   // code points

/**
 * Whether `text` consists of one to three emoji and nothing else, which are shown large.
 *
 * @param {string} text
 */
export const isFewEmoji = (text) => text.length <= 2 * MAX_LENGTH && [...text].length <= MAX_LENGTH && FEW.test(text)

/**
 * Whether `text` is one emoji.
 *
 * @param {string} text
 */
export const isEmoji = (text) => text.length <= MAX_LENGTH && ONE.test(text)
