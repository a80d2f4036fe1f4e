import assert from 'node:assert/strict'
import test from 'node:test'
import { Connection } from '../../piratechat/static/scripts/connection/connection.js'

const turn = () => new Promise((done) => setImmediate(done))

// A connection with sockets, transports and a clock set by the test.
function hands() {
  const sockets = []
  const told = []
  const clock = {
    time: 1000,
    set: 0, // seconds by which the clock was changed
    timers: [],
    now() { return this.time + this.set },
    after(seconds, callback) { return this.timers.push({ at: this.time + seconds, callback }) },
    cancel(id) { if (id) this.timers[id - 1].callback = null },
    // Advances the time, and runs timers at their time.
    async pass(seconds) {
      const end = this.time + seconds
      for (;;) {
        const next = this.timers.filter(({ at, callback }) => callback && at <= end).sort((one, other) => one.at - other.at)[0]
        if (!next) break
        this.time = Math.max(this.time, next.at)
        const { callback } = next
        next.callback = null
        callback()
        await turn()
      }
      this.time = end
    },
  }
  const transports = {
    told: [],
    others: 0,
    better: false,
    choose: async () => 'websocket',
    worked() { this.told.push('worked') },
    failed() { this.told.push('failed'); return this.others-- > 0 },
    restart() { this.told.push('restart') },
    forget() { this.told.push('forget') },
    async canImprove() { return this.better },
  }
  const link = new Connection({
    transports,
    connect: () => {
      const socket = { sent: [], closed: false, send(text) { this.sent.push(text) }, close() { this.closed = true } }
      sockets.push(socket)
      return socket
    },
    clock,
    wait: (attempt) => attempt,
    onOpen: () => { told.push('open'); link.send({ type: 'join' }) },
    onAnswer: () => told.push('answer'),
    onMessage: (object) => told.push(object),
    onClose: () => told.push('close'),
    onState: (state) => told.push(state),
  })
  const say = (object, socket = sockets.at(-1)) => socket.onmessage({ data: JSON.stringify(object) })
  // Connects, and is accepted by the server.
  const enter = async () => {
    await link.start()
    sockets.at(-1).onopen()
    say({ type: 'pong' })
    link.settled()
  }
  const pings = () => sockets.at(-1).sent.filter((text) => text === '{"type":"ping"}').length
  return { link, sockets, clock, told, transports, say, enter, pings }
}

test('connects, reports its state, and delivers messages', async () => {
  const { link, sockets, told, say } = hands()
  await link.start()
  assert.equal(link.send({ a: 1 }), false, 'not open yet')
  sockets[0].onopen()
  assert.equal(link.send({ a: 1 }), true)
  assert.deepEqual(sockets[0].sent, ['{"type":"join"}', '{"type":"ping"}', '{"a":1}'])
  say({ type: 'welcome' })
  say({ type: 'pong' })
  link.settled()
  say({ type: 'pong' })
  assert.deepEqual(told, ['connecting', 'open', { type: 'welcome' }, 'answer', 'connected'])
})

test('reconnects with growing delays until accepted', async () => {
  const { link, sockets, clock, told, transports, say } = hands()
  await link.start()
  for (let attempt = 0; attempt < 3; attempt++) {
    assert.equal(sockets.length, attempt + 1)
    sockets[attempt].onopen()
    say({ type: 'pong' })
    sockets[attempt].onclose({ code: 4503, wasClean: true })
    await clock.pass(attempt - 0.1)
    assert.equal(sockets.length, attempt + 1, 'not earlier')
    await clock.pass(0.1)
  }
  sockets[3].onopen()
  link.settled()
  sockets[3].onclose({ code: 3000, wasClean: true })
  await clock.pass(0)
  assert.equal(sockets.length, 5)
  assert.equal(told.filter((one) => one === 'close').length, 4)
  assert.ok(!transports.told.includes('failed'), 'what the server closes is no fault of the transport')
})

test('back online: reconnects immediately, possibly by another transport', async () => {
  const { link, sockets, told, transports, say, enter } = hands()
  await enter()
  link.wentOffline()
  link.wentOnline()
  await turn()
  assert.equal(sockets.length, 2)
  assert.equal(sockets[0].closed, true)
  say({ type: 'late' }, sockets[0])
  assert.deepEqual(told, ['connecting', 'open', 'answer', 'connected', 'offline', 'close', 'reconnecting'])
  assert.ok(transports.told.includes('forget'))
})

test('no ping is sent while heartbeats arrive', async () => {
  const { sockets, clock, enter, pings } = hands()
  await enter()
  for (let times = 0; times < 10; times++) {
    await clock.pass(25)
    sockets[0].onheartbeat()
  }
  assert.equal(pings(), 1)
  assert.equal(sockets.length, 1)
})

test('a silent connection gets a ping, and is closed without an answer', async () => {
  const { link, sockets, clock, told, transports, say, enter, pings } = hands()
  await enter()
  await clock.pass(30)
  assert.equal(pings(), 2)
  say({ type: 'pong' })
  await clock.pass(20)
  assert.equal(sockets[0].closed, false, 'it answered')
  await clock.pass(25)
  assert.equal(sockets[0].closed, true)
  assert.equal(told.at(-1), 'reconnecting')
  await clock.pass(1)
  assert.equal(sockets.length, 2)
  assert.ok(!transports.told.includes('failed'), 'it worked before')
  assert.equal(link.send({}), false)
})

test('after a sleep: a dead connection is detected within seconds', async () => {
  const { link, sockets, clock, say, enter, pings } = hands()
  await enter()
  clock.time += 29
  link.wake()
  assert.equal(pings(), 1, 'not silent for long')
  clock.time += 3600 // timers were suspended, too
  link.wake()
  link.wake()
  assert.equal(pings(), 2)
  say({ type: 'pong' })
  link.wake()
  assert.equal(pings(), 2)
  clock.time += 3600
  link.wake()
  await clock.pass(4.9)
  assert.equal(sockets[0].closed, false)
  await clock.pass(0.1)
  assert.equal(sockets[0].closed, true)
})

test('a clock that was set back does not matter', async () => {
  const { link, clock, enter, pings } = hands()
  await enter()
  clock.time -= 3600
  link.wake()
  assert.equal(pings(), 2)
})

test('woken while waiting: reconnects immediately, but not many times a second', async () => {
  const { link, sockets, clock } = hands()
  link.attempt = 10
  await link.start()
  sockets[0].onclose({ code: 1002 })
  link.wake()
  await turn()
  assert.equal(sockets.length, 1)
  clock.time += 2
  link.wake()
  await turn()
  assert.equal(sockets.length, 2)
  sockets[1].onopen()
  clock.time += 2
  link.wake()
  await turn()
  assert.equal(sockets.length, 2, 'it does not wait')
})

test('unacknowledged messages close the connection, even if others arrive', async () => {
  const { link, sockets, clock, say, enter, pings } = hands()
  await enter()
  link.send({ type: 'say' })
  await clock.pass(10)
  assert.equal(pings(), 2)
  say({ type: 'pong' })
  await clock.pass(20)
  assert.equal(pings(), 2, 'nothing was sent since')
  link.send({ type: 'say' })
  for (let seconds = 0; seconds < 15; seconds++) {
    assert.equal(sockets.length, 1)
    say({ type: 'message' })
    await clock.pass(1)
  }
  assert.equal(sockets[0].closed, true)
})

test('a transport that works in one direction only: the next one is tried within seconds', async () => {
  const { link, sockets, clock, told, transports, say } = hands()
  transports.others = 1
  await link.start()
  sockets[0].onopen()
  for (let seconds = 0; seconds < 5; seconds++) {
    assert.equal(sockets.length, 1)
    say({ type: 'message' })
    await clock.pass(1)
  }
  assert.equal(sockets.length, 2)
  sockets[1].onopen()
  say({ type: 'pong' })
  assert.deepEqual(transports.told, ['failed', 'worked'])
  assert.deepEqual(told.filter((one) => typeof one === 'string'), ['connecting', 'open', 'close', 'open', 'answer'])
})

test('a transport that fails or is closed before an answer: the next one is tried', async () => {
  const { link, sockets, transports } = hands()
  transports.others = 2
  await link.start()
  sockets[0].onclose({ code: 2000, wasClean: false })
  await turn()
  sockets[1].onopen()
  sockets[1].onclose({ code: 1006, wasClean: false })
  await turn()
  assert.equal(sockets.length, 3)
  assert.deepEqual(transports.told, ['failed', 'failed'])
})

test('if no transport works: waits, and starts with the first', async () => {
  const { link, sockets, clock, transports } = hands()
  link.attempt = 3
  await link.start()
  sockets[0].onclose({ code: 2000 })
  assert.deepEqual(transports.told, ['failed', 'restart'])
  await clock.pass(2.9)
  assert.equal(sockets.length, 1)
  await clock.pass(0.1)
  assert.equal(sockets.length, 2)
})

test('an unreachable server does not change the transport', async () => {
  const { link, sockets, transports } = hands()
  await link.start()
  sockets[0].onclose({ code: 1002, wasClean: false })
  assert.deepEqual(transports.told, ['restart'])
})

test('a slow server gets more time to answer', async () => {
  const { link, sockets, clock } = hands()
  await link.start()
  await clock.pass(4)
  sockets[0].onopen()
  await clock.pass(11.9)
  assert.equal(sockets[0].closed, false)
  await clock.pass(0.1)
  assert.equal(sockets[0].closed, true)
})

test('a connection that never opens times out', async () => {
  const { link, sockets, clock } = hands()
  await link.start()
  await clock.pass(29)
  assert.equal(sockets[0].closed, false)
  await clock.pass(2)
  assert.equal(sockets.length, 2)
})

test('a better transport is used when available', async () => {
  const { sockets, clock, transports, enter } = hands()
  await enter()
  await clock.pass(10)
  assert.equal(sockets.length, 1)
  transports.better = true
  await clock.pass(10)
  assert.equal(sockets.length, 2)
  assert.equal(sockets[0].closed, true)
})

test('a transport whose script cannot be loaded is retried later', async () => {
  const { link, clock, sockets, transports } = hands()
  const { connect } = link
  link.connect = async () => { throw new TypeError('Failed to fetch dynamically imported module') }
  link.attempt = 2
  await link.start()
  assert.deepEqual(transports.told, ['restart'])
  link.connect = connect
  await clock.pass(2)
  assert.equal(sockets.length, 1)
})

test('a late socket is closed', async () => {
  const { link, sockets } = hands()
  const { connect } = link
  let arrive
  link.connect = () => new Promise((done) => { arrive = () => done(connect()) })
  link.start()
  await turn()
  const late = arrive
  link.connect = connect
  await link.start()
  late()
  await turn()
  assert.deepEqual(sockets.map(({ closed }) => closed), [false, true])
})

test('a restart while a transport is chosen opens one socket', async () => {
  const { link, sockets } = hands()
  link.start()
  link.start()
  await turn()
  assert.equal(sockets.length, 1)
})

test('a clock that is set back: a connection that does not open times out', async () => {
  const { link, sockets, clock } = hands()
  await link.start()
  clock.set = -3600
  await clock.pass(120)
  assert.ok(sockets.length > 1)
})
