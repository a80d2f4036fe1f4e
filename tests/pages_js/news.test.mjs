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

test('a message is announced in its translation', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello' })
  room.message({ seq: 2, author: 'Ada', text: 'hello', view: { state: 'ready', text: 'ahoy' } })
  assert.deepEqual(room.told, ['Ada: hello', 'Ada: ahoy'])
})

test('formatting marks are not announced', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: '**bold**\n> quote' })
  room.message({ seq: 2, author: 'Ada', text: '*see* a.example/_x_', links: [[6, 19, 'http://a.example/_x_']] })
  room.message({ seq: 3, author: 'Ada', text: '`hello`', view: { state: 'ready', text: '```\nahoy\n```' } })
  assert.deepEqual(room.told, ['Ada: bold\nquote', 'Ada: see a.example/_x_', 'Ada: ahoy\n'])
})

test('the language is announced, translated or not', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hallo', lang: 'de' })
  room.message({ seq: 2, author: 'Ada', text: 'hallo', lang: 'de', view: { state: 'ready', text: 'ahoy' } })
  room.message({ seq: 3, author: 'Ada', text: 'hallo', lang: 'de', view: { state: 'failed', reason: 'silence' } })
  assert.deepEqual(room.languages, ['de', 'en-x-pirate', 'de'])
})

test('a pending message is announced when it is translated, once', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  assert.deepEqual(room.told, [])
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, ['Ada: ahoy'])
})

test('an untranslated message is announced as the original', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  room.viewed(1, { state: 'failed', reason: 'silence' })
  assert.deepEqual(room.told, ['Ada: hello'])
})

test('history is not announced', () => {
  const room = news()
  room.viewed(1, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, [])
})

test('messages that stay pending are discarded', () => {
  const room = news()
  for (let seq = 1; seq <= 1000; seq++) room.message({ seq, author: 'Ada', text: 'hello', view: { state: 'pending' } })
  assert.ok(room.waiting.size <= 50)
  room.viewed(1000, { state: 'ready', text: 'ahoy' })
  assert.deepEqual(room.told, ['Ada: ahoy'])
})

test('removed messages are withdrawn, and a later translation does not announce them', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'hello' })
  room.message({ seq: 2, author: 'Ada', text: 'a secret', view: { state: 'pending' } })
  room.removed(1)
  room.removed(2)
  room.viewed(2, { state: 'ready', text: 'a secret, arr' })
  assert.deepEqual(room.told, ['Ada: hello'])
  assert.deepEqual(room.withdrawn, [1, 2])
})

test('messages removed before their arrival are not announced', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: '', removed: true })
  assert.deepEqual(room.told, [])
})

test('edited messages are updated, and not announced again', () => {
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

test('a message edited before its announcement is announced once, as edited', () => {
  const room = news()
  room.message({ seq: 1, author: 'Ada', text: 'wrnog', view: { state: 'pending' } })
  room.changed({ seq: 1, author: 'Ada', text: 'right', view: { state: 'pending' } })
  assert.deepEqual(room.told, [])
  room.viewed(1, { state: 'ready', text: 'aye' })
  assert.deepEqual([room.told, room.updated], [['Ada: aye'], []])
})

test('a later translation of an edited and removed message is not announced', () => {
  const room = news()
  room.changed({ seq: 1, author: 'Ada', text: 'a secret', view: { state: 'pending' } })
  room.removed(1)
  room.viewed(1, { state: 'ready', text: 'a secret, arr' })
  assert.deepEqual(room.updated, ['Ada: a secret'])
})
