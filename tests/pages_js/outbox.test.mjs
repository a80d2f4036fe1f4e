import assert from 'node:assert/strict'
import test from 'node:test'
import { Outbox, randomNonce } from '../../piratechat/static/scripts/connection/outbox.js'

const MINUTE = 60 * 1000

// An outbox with counted nonces, the time `store.now`, and the stored data `store.text`.
function numbered(store = {}) {
  let count = 0
  return new Outbox({
    load: () => store.text ?? null,
    save: (text) => { store.text = text; return !store.full },
    nonce: () => `n${++count}`,
    clock: () => store.now ?? 0,
  })
}

const states = (outbox) => outbox.entries.map(({ nonce, state }) => [nonce, state])

test('one message is sent at a time, in order', () => {
  const outbox = numbered()
  outbox.add('first', 0)
  outbox.add('second', 0)
  assert.equal(outbox.next(0).text, 'first')
  outbox.sent('n1')
  assert.equal(outbox.next(0), null)
  outbox.settle({ seq: 1, nonce: 'n1' })
  assert.equal(outbox.next(0).text, 'second')
})

test('after a lost connection, a message known not to be stored is sent again with its nonce', () => {
  const outbox = numbered()
  outbox.add('hello', 0)
  outbox.sent('n1')
  outbox.lost()
  assert.equal(outbox.next(0), null)
  outbox.looked(outbox.unsure)
  assert.equal(outbox.next(0).nonce, 'n1')
})

test('a reload loses nothing', () => {
  const store = { now: 7 }
  const before = numbered(store)
  before.add('hello', 4, { lang: 'en', replyTo: 3 })
  before.add('world', 4)
  before.sent('n1')
  const after = numbered(store)
  assert.deepEqual(after.entries, [
    { nonce: 'n1', text: 'hello', last: 4, lang: 'en', replyTo: 3, at: 7, state: 'unsure', notBefore: 0 },
    { nonce: 'n2', text: 'world', last: 4, at: 7, state: 'waiting', notBefore: 0 },
  ])
})

test('invalid stored data is ignored', () => {
  assert.deepEqual(numbered({ text: '{broken' }).entries, [])
})

test('only the nonce identifies stored messages', () => {
  const outbox = numbered()
  outbox.add('yes', 4)
  outbox.sent('n1')
  outbox.lost()
  assert.equal(outbox.settle({ seq: 5, author: 'Ada', text: 'yes' }), null, 'said in another window')
  assert.equal(outbox.settle({ seq: 6, author: 'Ada', text: 'yes', nonce: 'x1' }), null)
  assert.equal(outbox.settle({ seq: 7, author: 'Bo', text: 'no', nonce: 'n1' }).nonce, 'n1')
  assert.deepEqual(outbox.entries, [])
})

test('after an hour the server does not know the nonce: the author decides', () => {
  const store = {}
  const outbox = numbered(store)
  outbox.add('hello', 4)
  outbox.sent('n1')
  outbox.lost()
  store.now = 55 * MINUTE
  outbox.looked(outbox.unsure)
  assert.deepEqual(states(outbox), [['n1', 'failed']])
  assert.match(outbox.entries[0].reason, /whether it is in the room/)
  outbox.again('n1')
  assert.equal(outbox.next(0).nonce, 'n1', 'with the same nonce: the server may know it')
})

test('a rejected message waits for its author, and does not block others', () => {
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

test('a temporarily rejected message is sent later, and the next ones after it', () => {
  const outbox = numbered()
  outbox.add('first', 0)
  outbox.add('second', 0)
  outbox.sent('n1')
  outbox.hold('n1', 10)
  assert.equal(outbox.next(9), null)
  assert.equal(outbox.next(10).text, 'first')
})

test('messages of a closed window are sent by their author, unless they were stored', () => {
  const closed = numbered()
  closed.add('stored', 4)
  closed.sent('n1')
  closed.add('not sent', 4)
  const left = closed.joinedWith('')
  const outbox = new Outbox({ nonce: () => 'm1', clock: () => 0 })
  outbox.add('mine', 9)
  outbox.adopt(left)
  assert.deepEqual(states(outbox), [['m1', 'waiting'], ['n1', 'unsure'], ['n2', 'unsure']])
  outbox.settle({ seq: 5, nonce: 'n1' })
  outbox.looked(outbox.unsure)
  assert.deepEqual(states(outbox), [['m1', 'waiting'], ['n2', 'failed']])
  assert.match(outbox.entries[1].reason, /closed/)
  outbox.again('n2')
  outbox.sent('n2')
  outbox.lost()
  outbox.looked(outbox.unsure)
  assert.deepEqual(states(outbox)[1], ['n2', 'waiting'], 'it is sent like others')
})

test('a reloaded window has its stored messages already', () => {
  const store = {}
  const outbox = numbered(store)
  outbox.add('hello', 0)
  const left = outbox.joinedWith('')
  const after = numbered(store)
  after.adopt(left)
  assert.deepEqual(states(after), [['n1', 'waiting']])
})

test('several windows store their messages', () => {
  const one = new Outbox({ nonce: () => 'a' })
  const two = new Outbox({ nonce: () => 'b' })
  one.add('one', 0)
  two.add('two', 0)
  const left = two.joinedWith(one.joinedWith(''))
  assert.deepEqual(JSON.parse(one.joinedWith(left)).map(({ nonce }) => nonce), ['b', 'a'])
  for (let number = 0; number < 60; number++) one.add('more', 0)
  assert.equal(JSON.parse(one.joinedWith(left)).length, 50)
})

test('under another identity nothing is sent automatically', () => {
  const outbox = numbered()
  for (const text of ['sent', 'refused', 'waiting']) outbox.add(text, 0)
  outbox.fail('n2', 'no')
  outbox.sent('n1')
  outbox.lost()
  outbox.disown()
  assert.deepEqual(states(outbox), [['n1', 'failed'], ['n2', 'failed'], ['n3', 'failed']])
  assert.deepEqual(outbox.entries.map(({ reason }) => reason.slice(0, 9)), ['The conne', 'no', 'You wrote'])
})

test('the outbox reports whether a message is stored', () => {
  const store = { full: true }
  const outbox = numbered(store)
  assert.equal(outbox.kept, true)
  outbox.add('hello', 0)
  assert.equal(outbox.kept, false)
})

test('nonces differ', () => {
  assert.match(randomNonce(), /^[0-9a-f]{24}$/)
  assert.notEqual(randomNonce(), randomNonce())
})
