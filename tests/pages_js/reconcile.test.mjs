import assert from 'node:assert/strict'
import test from 'node:test'
import { reconcile } from '../../piratechat/static/scripts/connection/reconcile.js'
import { Outbox } from '../../piratechat/static/scripts/connection/outbox.js'

// An outbox with these unsure entries: [nonce, last].
function unsure(...entries) {
  const kept = entries.map(([nonce, last]) => ({ nonce, text: nonce, last, at: 1000, state: 'sent' }))
  return new Outbox({ load: () => JSON.stringify(kept), clock: () => 2000 })
}

// A room with `last` messages, some with nonces {seq: nonce}; `asked` records requests.
function room(last, nonces = {}, size = 200) {
  const asked = []
  return {
    asked,
    async fetchPage(after, before) {
      asked.push([after, before])
      const messages = []
      for (let seq = after + 1; seq < Math.min(before, last + 1) && messages.length < size; seq++) {
        messages.push({ seq, nonce: nonces[seq] })
      }
      return messages
    },
  }
}

const states = (outbox) => outbox.entries.map(({ nonce, state }) => [nonce, state])

test('if the page has all messages since then, no request is made', async () => {
  const outbox = unsure(['a', 7])
  const { fetchPage, asked } = room(20)
  await reconcile(outbox, 8, fetchPage)
  assert.deepEqual([states(outbox), asked], [[['a', 'waiting']], []])
})

test('messages before the page\'s first one are searched', async () => {
  const outbox = unsure(['a', 10], ['b', 10])
  const { fetchPage, asked } = room(1000, { 450: 'a' })
  await reconcile(outbox, 951, fetchPage)
  assert.deepEqual(states(outbox), [['b', 'waiting']])
  assert.deepEqual(asked, [[10, 951], [210, 951], [410, 951], [610, 951], [810, 951]])
})

test('the search ends when all are found', async () => {
  const outbox = unsure(['a', 10])
  const { fetchPage, asked } = room(1000, { 11: 'a' })
  await reconcile(outbox, 951, fetchPage)
  assert.deepEqual([states(outbox), asked.length], [[], 1])
})

test('after too many messages, the author is asked', async () => {
  const outbox = unsure(['a', 10])
  const { fetchPage, asked } = room(100_000)
  await reconcile(outbox, 99_951, fetchPage)
  assert.deepEqual([states(outbox), asked.length], [[['a', 'failed']], 25])
  assert.match(outbox.entries[0].reason, /whether it is in the room/)
})

test('without a network the state of a message stays unknown', async () => {
  const outbox = unsure(['a', 10])
  await assert.rejects(reconcile(outbox, 951, async () => { throw new Error('no network') }))
  assert.deepEqual(states(outbox), [['a', 'unsure']])
})

test('messages sent meanwhile are not affected', async () => {
  const outbox = unsure(['a', 10])
  await reconcile(outbox, 20, async () => {
    outbox.entries.push({ nonce: 'b', text: 'b', last: 30, at: 1500, state: 'sent' })
    outbox.lost()
    return []
  })
  assert.deepEqual(states(outbox), [['a', 'waiting'], ['b', 'unsure']])
})

test('positions in another database are ignored', async () => {
  const outbox = unsure(['a', 900])
  const { fetchPage, asked } = room(500, { 20: 'a' })
  await reconcile(outbox, 451, fetchPage, 'e2')
  assert.deepEqual([states(outbox), asked], [[], [[0, 451]]])
})

test('a restored room has nothing to search', async () => {
  const outbox = unsure(['a', 900])
  const { fetchPage, asked } = room(20)
  await reconcile(outbox, 1, fetchPage)
  assert.deepEqual([states(outbox), asked], [[['a', 'waiting']], []])
})
