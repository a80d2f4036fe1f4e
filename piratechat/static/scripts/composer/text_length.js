// How long a text is, as the server counts: in Unicode characters (code points), a line break as one.  Pure.

/** @param {string} text */
export function lengthOf(text) {
  let length = 0
  for (const _ of text.replaceAll('\r\n', '\n')) length++
  return length
}

/**
 * "1,003 characters too many", as the server says it.
 *
 * @param {number} over
 */
export function tooMany(over) {
  return `${over.toLocaleString('en-GB')} ${over === 1 ? 'character' : 'characters'} too many`
}
