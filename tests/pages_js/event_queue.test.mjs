import assert from 'node:assert/strict'
import test from 'node:test'
import { EventQueue } from '../../piratechat/static/scripts/connection/event_queue.js'

const message = (seq) => ({ type: 'message', seq })

function room(stored, { last = 0, failures = 0, page = 2 } = {}) {
  const shown = []
  const order = new EventQueue({
    last,
    apply: (event) => shown.push(event.seq),
    wait: async () => {},
    fetchPage: async (after, before) => {
      if (failures-- > 0) throw new Error('no network')
      return stored.filter((seq) => seq > after && seq < before).slice(0, page).map((seq) => ({ seq }))
    },
  })
  return { order, shown }
}

test('missed messages are fetched page by page before later events', async () => {
  const { order, shown } = room([1, 2, 3, 4, 5])
  const filled = order.gap(6)
  order.receive(message(6))
  assert.deepEqual(shown, [])
  await filled
  order.receive(message(7))
  assert.deepEqual(shown, [1, 2, 3, 4, 5, 6, 7])
})

test('a failed request is repeated', async () => {
  const { order, shown } = room([1, 2, 3], { failures: 3 })
  await order.gap(4)
  assert.deepEqual(shown, [1, 2, 3])
})

test('a new connection discards an incomplete gap', async () => {
  const { order, shown } = room([1, 2, 3])
  const filled = order.gap(4)
  order.receive(message(4))
  order.restart()
  await filled
  assert.deepEqual(shown, [])
  assert.equal(order.last, 0, 'so the next join asks for all of it')
})

test('a server with fewer messages than announced does not block the room', async () => {
  const { order, shown } = room([1])
  await order.gap(10)
  order.receive(message(10))
  assert.deepEqual(shown, [1, 10])
})
