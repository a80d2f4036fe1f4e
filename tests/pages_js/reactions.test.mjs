import assert from 'node:assert/strict'
import test from 'node:test'
import { reactionsAfter } from '../../piratechat/static/scripts/log/reactions.js'

const OURS = new Set(['Ada'])
const thumbs = (names, more = {}) => ({ emoji: '👍', count: names.length, names, ...more })

test('which are ours, the page knows', () => {
  const known = [thumbs(['Ada'], { yours: true })]
  const event = { reactions: [thumbs(['Ada', 'Bo'])], changed: { emoji: '👍', author: 'Bo', on: true } }
  assert.deepEqual(reactionsAfter(known, event, OURS), [thumbs(['Ada', 'Bo'], { yours: true })])
})

test('ours come and go, here and in another window', () => {
  const on = reactionsAfter([], { reactions: [thumbs(['Ada'])], changed: { emoji: '👍', author: 'Ada', on: true } }, OURS)
  assert.equal(on[0].yours, true)
  const off = reactionsAfter(on, { reactions: [thumbs(['Bo'])], changed: { emoji: '👍', author: 'Ada', on: false } }, OURS)
  assert.equal(off[0].yours, false)
})

test('what is said for one reader holds', () => {
  assert.equal(reactionsAfter([], { reactions: [thumbs(['Bo'], { yours: true })] }, OURS)[0].yours, true)
})
