import assert from 'node:assert/strict'
import test from 'node:test'
import { Link } from '../../piratechat/static/link.js'

// A link with sockets and a clock in our hands.
function hands() {
  const sockets = []
  const timers = []
  const told = []
  const link = new Link({
    connect: () => {
      const socket = { sent: [], closed: false, send(text) { this.sent.push(text) }, close() { this.closed = true } }
      sockets.push(socket)
      return socket
    },
    clock: {
      after: (seconds, then) => timers.push({ seconds, then }),
      // biome-ignore lint/suspicious/noThenProperty: a timer is no promise, and nobody awaits it
      cancel: (id) => { if (id) timers[id - 1].then = () => {} },
    },
    wait: (attempt) => attempt,
    onOpen: () => told.push('open'),
    onMessage: (object) => told.push(object),
    onClose: () => told.push('close'),
    onState: (state) => told.push(state),
  })
  return { link, sockets, timers, told }
}

test('connects, tells and carries', () => {
  const { link, sockets, told } = hands()
  link.start()
  assert.equal(link.send({ a: 1 }), false, 'not open yet')
  sockets[0].onopen()
  assert.equal(link.send({ a: 1 }), true)
  assert.deepEqual(sockets[0].sent, ['{"a":1}'])
  sockets[0].onmessage({ data: '{"type":"welcome"}' })
  link.settled()
  assert.deepEqual(told, ['connecting', 'open', { type: 'welcome' }, 'connected'])
})

test('reconnects with growing pauses until it is let in', () => {
  const { link, sockets, timers, told } = hands()
  link.start()
  for (let attempt = 0; attempt < 3; attempt++) {
    sockets[attempt].onopen()
    sockets[attempt].onclose()
    assert.equal(timers.at(-1).seconds, attempt)
    timers.at(-1).then()
  }
  sockets[3].onopen()
  link.settled()
  sockets[3].onclose()
  assert.equal(timers.at(-1).seconds, 0)
  assert.equal(told.filter((one) => one === 'close').length, 4)
})

test('back online: at once, by a new connection', () => {
  const { link, sockets, told } = hands()
  link.start()
  sockets[0].onopen()
  link.settled()
  link.wentOffline()
  link.wentOnline()
  assert.equal(sockets.length, 2)
  assert.equal(sockets[0].closed, true)
  sockets[0].onmessage({ data: '{"type":"late"}' })
  assert.deepEqual(told, ['connecting', 'open', 'connected', 'offline', 'close', 'reconnecting'])
})

test('a connection that fell silent is given up', () => {
  const { link, sockets, timers } = hands()
  link.start()
  sockets[0].onopen()
  timers.at(-1).then()
  assert.equal(sockets[0].closed, true)
  timers.at(-1).then()
  assert.equal(sockets.length, 2)
})
