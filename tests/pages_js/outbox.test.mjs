import assert from 'node:assert/strict'
import test from 'node:test'
import { Outbox, randomNonce } from '../../piratechat/static/outbox.js'

function numbered(store = {}) {
  let count = 0
  return new Outbox({ load: () => store.text ?? null, save: (text) => { store.text = text }, nonce: () => `n${++count}` })
}

test('one message is under way at a time, in the order they were said', () => {
  const outbox = numbered()
  outbox.add('first', 0)
  outbox.add('second', 0)
  assert.equal(outbox.next(0).text, 'first')
  outbox.sent('n1')
  assert.equal(outbox.next(0), null)
  outbox.settle({ seq: 1, author: 'Ada', text: 'first', nonce: 'n1' }, 'Ada')
  assert.equal(outbox.next(0).text, 'second')
})

test('after a lost connection it goes again with the same nonce', () => {
  const outbox = numbered()
  outbox.add('hello', 0)
  outbox.sent('n1')
  outbox.lost()
  assert.equal(outbox.next(0).nonce, 'n1')
})

test('a reload loses nothing', () => {
  const store = {}
  const before = numbered(store)
  before.add('hello', 4)
  before.sent('n1')
  const after = numbered(store)
  assert.deepEqual(after.next(0), { nonce: 'n1', text: 'hello', last: 4, state: 'waiting', tried: true, notBefore: 0 })
})

test('what the browser kept may be anything', () => {
  assert.deepEqual(numbered({ text: '{broken' }).entries, [])
})

test('stored without our hearing of it: recognised in the log', () => {
  const outbox = numbered()
  outbox.add('hello ', 4)
  outbox.sent('n1')
  outbox.lost()
  assert.equal(outbox.settle({ seq: 5, author: 'Bo', text: 'hello' }, 'Ada'), null, 'of somebody else')
  assert.equal(outbox.settle({ seq: 4, author: 'Ada', text: 'hello' }, 'Ada'), null, 'said before')
  assert.equal(outbox.settle({ seq: 6, author: 'Ada', text: 'hello' }, 'Ada').nonce, 'n1')
  assert.deepEqual(outbox.entries, [])
})

test('the same words, never sent, are said again', () => {
  const outbox = numbered()
  outbox.add('yes', 4)
  assert.equal(outbox.settle({ seq: 5, author: 'Ada', text: 'yes' }, 'Ada'), null)
})

test('refused: waits for its author, and holds nobody up', () => {
  const outbox = numbered()
  outbox.add('too long', 0)
  outbox.add('short', 0)
  outbox.sent('n1')
  outbox.fail('n1', 'at most 4,000 characters')
  assert.equal(outbox.next(0).text, 'short')
  outbox.again('n1')
  assert.equal(outbox.next(0).text, 'too long')
  outbox.drop('n1')
  assert.equal(outbox.next(0).text, 'short')
})

test('refused for now: goes by itself later, and the next ones after it', () => {
  const outbox = numbered()
  outbox.add('first', 0)
  outbox.add('second', 0)
  outbox.sent('n1')
  outbox.hold('n1', 10)
  assert.equal(outbox.next(9), null)
  assert.equal(outbox.next(10).text, 'first')
})

test('nonces differ', () => {
  assert.match(randomNonce(), /^[0-9a-f]{24}$/)
  assert.notEqual(randomNonce(), randomNonce())
})
