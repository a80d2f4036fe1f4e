import assert from 'node:assert/strict'
import test from 'node:test'
import { reactionsAfter } from '../../piratechat/static/scripts/log/reactions.js'

const OURS = new Set(['Ada'])
const thumbs = (names, more = {}) => ({ emoji: '👍', count: names.length, names, ...more })

test('the page knows its visitor\'s reactions', () => {
  const known = [thumbs(['Ada'], { yours: true })]
  const event = { reactions: [thumbs(['Ada', 'Bo'])], changed: { emoji: '👍', author: 'Bo', on: true } }
  assert.deepEqual(reactionsAfter(known, event, OURS), [thumbs(['Ada', 'Bo'], { yours: true })])
})

test('own reactions are added and removed, here and in another window', () => {
  const on = reactionsAfter([], { reactions: [thumbs(['Ada'])], changed: { emoji: '👍', author: 'Ada', on: true } }, OURS)
  assert.equal(on[0].yours, true)
  const off = reactionsAfter(on, { reactions: [thumbs(['Bo'])], changed: { emoji: '👍', author: 'Ada', on: false } }, OURS)
  assert.equal(off[0].yours, false)
})

test('an event for one reader has precedence', () => {
  assert.equal(reactionsAfter([], { reactions: [thumbs(['Bo'], { yours: true })] }, OURS)[0].yours, true)
})
