import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { hueOf, initialOf } from '../../piratechat/static/scripts/lib/author.js'

// tests/pages/test_messages.py tests the same with the server.
const INITIALS = JSON.parse(readFileSync(new URL('initials.json', import.meta.url), 'utf8'))

for (const [name, initial] of INITIALS) {
  test(`"${name}" begins with "${initial}"`, () => assert.equal(initialOf(name), initial))
}

test('each author has one of eight colours', () => {
  assert.deepEqual(['Ada', 'Bo', '🦜'].map(hueOf), [262 % 8, 177 % 8, 0x1F99C % 8])
})
