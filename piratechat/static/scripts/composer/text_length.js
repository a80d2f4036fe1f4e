// How long a text is, as the server counts: in Unicode characters (code points), a line break as one.  Pure.

/** @param {string} text */
export function lengthOf(text) {
  let length = 0
  for (const _ of text.replaceAll('\r\n', '\n')) length++
  return length
}
