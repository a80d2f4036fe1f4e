import assert from 'node:assert/strict'
import test from 'node:test'
import { excerpt } from '../../piratechat/static/scripts/ui/search.js'

const shown = (text, found) => excerpt(text, found).map(({ text: piece, isFound }) => (isFound ? `[${piece}]` : piece)).join('')

test('matches are highlighted, in code points', () => {
  assert.equal(shown('🏴‍☠️ Die Straße', [[9, 15]]), '🏴‍☠️ Die [Straße]')
  assert.equal(shown('Die Straße am Meer', [[4, 10], [14, 18]]), 'Die [Straße] am [Meer]')
  assert.equal(shown('from:Bo finds all of it', []), 'from:Bo finds all of it')
})

test('overlapping and invalid positions show no letter twice', () => {
  assert.equal(shown('abcdef', [[0, 3], [2, 4], [5, 99]]), '[abc][d]e[f]')
})

test('a long text is shortened around the first match', () => {
  const pieces = excerpt(`${'a'.repeat(500)}ship${'b'.repeat(500)}`, [[500, 504]])
  assert.deepEqual(pieces.map(({ text }) => text.length), [1, 40, 4, 116, 1])
  assert.equal(pieces[2].text, 'ship')
})

test('the end of a long text is shown in full', () => {
  assert.equal(shown(`${'a'.repeat(300)} the end`, [[301, 308]]).length, 1 + 160 + 2)
})
