import assert from 'node:assert/strict'
import test from 'node:test'
import { pause } from '../../piratechat/static/scripts/lib/backoff.js'

test('delays double from half a second to fifteen', () => {
  const longest = () => 1
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => pause(attempt, longest)),
    [0.5, 1, 2, 4, 8, 15, 15, 15])
})

test('a random delay is at least half of the full one', () => {
  assert.equal(pause(2, () => 0), 1)
})
