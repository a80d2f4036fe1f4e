import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { lengthOf } from '../../piratechat/static/scripts/composer/text_length.js'

const CASES = JSON.parse(readFileSync(new URL('lengths.json', import.meta.url)))

for (const { what, text, length } of CASES) {
  test(`lengths: ${what}`, () => assert.equal(lengthOf(text), length))
}
