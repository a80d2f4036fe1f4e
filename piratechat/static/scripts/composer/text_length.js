// The length of a text as the server counts it: in code points, with a line break as one.  Pure.

/** @param {string} text */
export function lengthOf(text) {
  let length = 0
  for (const _ of text.replaceAll('\r\n', '\n')) length++
  return length
}
