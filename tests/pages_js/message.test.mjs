import assert from 'node:assert/strict'
import test from 'node:test'
import { goesOn } from '../../piratechat/static/scripts/log/message.js'

const said = (time, author = 'Ada') => ({ at: `2026-11-21T${time}Z`, author })

test('messages of an author are grouped for five minutes', () => {
  assert.equal(goesOn(said('10:05:00.000'), said('10:00:00.000')), true)
  assert.equal(goesOn(said('10:05:00.001'), said('10:00:00.000')), false)
})

test('messages of different authors are not grouped', () => {
  assert.equal(goesOn(said('10:00:01.000', 'Bo'), said('10:00:00.000')), false)
})

test('groups end at midnight', () => {
  const midnight = new Date(2026, 10, 21).getTime()
  const [above, message] = [-1000, 1000].map((after) => ({ at: new Date(midnight + after).toISOString(), author: 'Ada' }))
  assert.equal(goesOn(message, above), false)
})
