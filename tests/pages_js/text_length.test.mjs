import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { lengthOf, tooMany } from '../../piratechat/static/scripts/composer/text_length.js'

const CASES = JSON.parse(readFileSync(new URL('lengths.json', import.meta.url)))

for (const { what, text, length } of CASES) {
  test(`lengths: ${what}`, () => assert.equal(lengthOf(text), length))
}

test('how much is too much, in words', () => {
  assert.equal(tooMany(1), '1 character too many')
  assert.equal(tooMany(1003), '1,003 characters too many')
})
