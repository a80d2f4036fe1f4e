import assert from 'node:assert/strict'
import test from 'node:test'
import { News } from '../../piratechat/static/scripts/notifications/news.js'

function news() {
  const [told, updated, withdrawn, languages] = [[], [], [], []]
  return Object.assign(new News({
    tell: ({ author, text, lang }) => { told.push(`${author}: ${text}`); languages.push(lang) },
    update: ({ author, text }) => updated.push(`${author}: ${text}`),
    readIn: () => 'en-x-pirate',
    withdraw: (seq) => withdrawn.push(seq),
  }), { told, updated, withdrawn, languages })
}

test('a message is told as its reader reads it', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello' })
  room.message({ seq: 2, author: 'Ada', text: 'hello', view: { state: 'ready', text: 'ahoy' } })
  assert.deepEqual(room.told, ['Ada: hello', 'Ada: ahoy'])
})

test('marks that format are not told, in the text that is read', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: '**bold**\n> quote' })
  room.message({ seq: 2, author: 'Ada', text: '*see* a.example/_x_', links: [[6, 19, 'http://a.example/_x_']] })
  room.message({ seq: 3, author: 'Ada', text: '`hello`', view: { state: 'ready', text: '```\nahoy\n```' } })
  assert.deepEqual(room.told, ['Ada: bold\nquote', 'Ada: see a.example/_x_', 'Ada: ahoy\n'])
})

test('it is told in which language it is, translated or not', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hallo', lang: 'de' })
  room.message({ seq: 2, author: 'Ada', text: 'hallo', lang: 'de', view: { state: 'ready', text: 'ahoy' } })
  room.message({ seq: 3, author: 'Ada', text: 'hallo', lang: 'de', view: { state: 'failed', reason: 'silence' } })
  assert.deepEqual(room.languages, ['de', 'en-x-pirate', 'de'])
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

test('what was removed is withdrawn, and no translation that comes later tells it', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello' })
  room.message({ seq: 2, author: 'Ada', text: 'a secret', view: { state: 'pending' } })
  room.removed(1)
  room.removed(2)
  room.viewed(2, { state: 'ready', text: 'a secret, arr' })
  assert.deepEqual(room.told, ['Ada: hello'])
  assert.deepEqual(room.withdrawn, [1, 2])
})

test('what was removed before it came is no news', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: '', removed: true })
  assert.deepEqual(room.told, [])
})

test('what was edited reads otherwise, at once and when it is translated, and is not told again', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'my pasword' })
  room.changed({ seq: 1, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  assert.deepEqual(room.updated, ['Ada: hello'])
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.updated, ['Ada: hello', 'Ada: ahoy'])
  room.changed({ seq: 1, author: 'Ada', text: '**aye**' })
  assert.deepEqual([room.updated.at(-1), room.told], ['Ada: aye', ['Ada: my pasword']])
})

test('what was edited before it was told is told as it reads then, once', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'wrnog', view: { state: 'pending' } })
  room.changed({ seq: 1, author: 'Ada', text: 'right', view: { state: 'pending' } })
  assert.deepEqual(room.told, [])
  room.viewed(1, { state: 'ready', text: 'aye' })
  assert.deepEqual([room.told, room.updated], [['Ada: aye'], []])
})

test('what was edited and removed is not told by a translation that comes later', () => {
  const room = news()
  room.changed({ seq: 1, author: 'Ada', text: 'a secret', view: { state: 'pending' } })
  room.removed(1)
  room.viewed(1, { state: 'ready', text: 'a secret, arr' })
  assert.deepEqual(room.updated, ['Ada: a secret'])
})
