import assert from 'node:assert/strict'
import test from 'node:test'
import { pause } from '../../piratechat/static/scripts/lib/backoff.js'

const longest = () => 1

test('delays double from half a second to two, and later to fifteen', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1000].map((attempt) => pause(attempt, longest)),
    [0.5, 1, 2, 2, 2, 2, 2, 2, 4, 8, 15, 15, 15])
})

test('a server that is back within ten seconds sees all readers two seconds later', () => {
  let time = 0
  for (let attempt = 0; time < 10; attempt++) {
    const delay = pause(attempt, longest)
    assert.ok(delay <= 2)
    time += delay
  }
})

test('a random delay is at least half of the full one', () => {
  assert.equal(pause(2, () => 0), 1)
})
