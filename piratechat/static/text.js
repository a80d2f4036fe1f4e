// Finds links and code in what was said.  Pure.  Joined together, the parts are
// exactly the text: nothing that was said is hidden or changed.

const PARTS = /(```[^]+?```\n?)|(`[^`\n]+`)|(https?:\/\/[^\s<>"`]+)/g

export function parts(text) {
  const found = []
  let done = 0
  const plain = (end) => { if (end > done) found.push({ kind: 'text', value: text.slice(done, end) }) }
  for (const match of text.matchAll(PARTS)) {
    const [whole, block, code, url] = match
    const value = url ? withoutPunctuation(url) : whole
    plain(match.index)
    found.push({ kind: block ? 'block' : code ? 'code' : 'link', value })
    done = match.index + value.length
  }
  plain(text.length)
  return found
}

// "See https://example.org/." ends in a full stop that is not the link's.
function withoutPunctuation(url) {
  let end = url.replace(/[.,;:!?'*_]+$/, '')
  while (end.endsWith(')') && !end.includes('(')) end = end.slice(0, -1).replace(/[.,;:!?]+$/, '')
  return end
}
