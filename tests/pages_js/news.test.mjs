import assert from 'node:assert/strict'
import test from 'node:test'
import { News } from '../../piratechat/static/news.js'

function news() {
  const told = []
  return Object.assign(new News((author, text) => told.push(`${author}: ${text}`)), { told })
}

test('a message is told as its reader reads it', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello' })
  room.message({ seq: 2, author: 'Ada', text: 'hello', view: { state: 'ready', text: 'ahoy' } })
  assert.deepEqual(room.told, ['Ada: hello', 'Ada: ahoy'])
})

test('one that is being translated is told when that is done, and once', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  assert.deepEqual(room.told, [])
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, ['Ada: ahoy'])
})

test('one that could not be translated is told in its own words', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  room.viewed(1, { state: 'failed', reason: 'silence' })
  assert.deepEqual(room.told, ['Ada: hello'])
})

test('history is not told', () => {
  const room = news()
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, [])
})

test('those that wait for ever are not kept for ever', () => {
  const room = news()
  for (let seq = 1; seq <= 1000; seq++) room.message({ seq, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  assert.ok(room.waiting.size <= 50)
  room.viewed(1000, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, ['Ada: ahoy'])
})
