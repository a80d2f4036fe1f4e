import assert from 'node:assert/strict'
import test from 'node:test'
import { ShortPolling } from '../../piratechat/static/scripts/connection/short_polling.js'

const turn = () => new Promise((done) => setImmediate(done))
const settle = async () => { for (let times = 0; times < 20; times++) await turn() }
const QUESTION = 'there?'
const ANSWER = 'a["here"]\n'

// A server whose answers are set by the test, and a clock.
function hands(answers = {}) {
  const sent = []
  const timers = []
  const told = []
  const reported = []
  const server = { xhr: ['o\n'], status: 200, ...answers }
  const socket = new ShortPolling('/rooms/ada/sockjs', QUESTION, {
    fetch: async (address, { method, body, signal }) => {
      const what = address.split('/').at(-1)
      sent.push({ address, method, what, messages: body && JSON.parse(body), signal })
      await turn()
      if (signal.aborted) throw new Error('AbortError')
      if (server.hangs) await new Promise((_done, fail) => { signal.addEventListener('abort', () => fail(new Error('AbortError'))) })
      if (server.gone) throw new TypeError('Failed to fetch')
      return { ok: server.status < 400, status: server.status, text: async () => (what === 'xhr' ? server.xhr.shift() ?? ANSWER : '') }
    },
    report: (error) => reported.push(error),
    clock: {
      after: (seconds, callback) => timers.push({ seconds, callback }),
      cancel: (id) => { if (id) timers[id - 1].callback = null },
    },
  })
  Object.assign(socket, {
    onopen: () => told.push('open'),
    onmessage: ({ data }) => told.push(data),
    onheartbeat: () => told.push('heartbeat'),
    onclose: (event) => told.push(event),
  })
  const due = () => timers.filter(({ callback }) => callback)
  const next = async () => {
    const [timer] = due()
    const { callback } = timer
    timer.callback = null
    callback()
    await settle()
    return timer.seconds
  }
  return { socket, server, sent, told, reported, due, next }
}

test('a session opens, polls, and receives messages', async () => {
  const { sent, told } = hands({ xhr: ['o\n', 'a["one","two","here"]\n'] })
  await settle()
  assert.deepEqual(told, ['open', 'one', 'two', 'here'])
  assert.deepEqual(sent.map(({ method, what, messages }) => [method, what, messages]),
    [['POST', 'xhr', undefined], ['POST', 'xhr_send', [QUESTION]], ['POST', 'xhr', undefined]])
  assert.match(sent[0].address, /^\/rooms\/ada\/sockjs\/000\/[0-9a-f]{24}\/xhr$/)
  assert.equal(new Set(sent.map(({ address }) => address.split('/').at(-2))).size, 1, 'one session')
})

test('no request is open between polls: the pauses grow to three seconds', async () => {
  const { sent, next } = hands()
  await settle()
  const pauses = []
  for (let times = 0; times < 5; times++) pauses.push(await next())
  assert.deepEqual(pauses, [0.5, 1, 2, 3, 3])
  assert.equal(sent.length, 1 + 6 * 2)
})

test('polls are more frequent while messages arrive', async () => {
  const { server, next } = hands()
  await settle()
  for (let times = 0; times < 4; times++) await next()
  server.xhr.push('a["news","here"]\n')
  assert.equal(await next(), 3)
  assert.equal(await next(), 0.5)
})

test('messages are sent immediately and in order, before a ping', async () => {
  const { socket, sent } = hands()
  await settle()
  socket.send('one')
  socket.send('two')
  await settle()
  assert.deepEqual(sent.filter(({ messages }) => messages).map(({ messages }) => messages),
    [[QUESTION], ['one', 'two', QUESTION]])
})

test('many messages are sent in several requests', async () => {
  const { socket, sent } = hands()
  for (let number = 0; number < 120; number++) socket.send(String(number))
  await settle()
  const parts = sent.filter(({ messages }) => messages).map(({ messages }) => messages.slice(0, -1))
  assert.deepEqual(parts.map(({ length }) => length), [50, 50, 20])
  assert.deepEqual(parts.flat(), Array.from({ length: 120 }, (_, number) => String(number)))
})

test('the close event has a code and a reason', async () => {
  const cases = [
    ['the server closes', { xhr: ['o\n', 'c[4429,"slower"]\n'] }, { code: 4429, reason: 'slower', wasClean: true }],
    ['the server cannot be reached', { gone: true }, { code: 1002, reason: 'TypeError: Failed to fetch', wasClean: false }],
    ['the server rejects the request', { status: 403 }, { code: 2000, reason: 'xhr: 403', wasClean: false }],
  ]
  for (const [what, answers, end] of cases) {
    const { told, sent } = hands(answers)
    await settle()
    assert.deepEqual(told.at(-1), end, what)
    const before = sent.length
    await settle()
    assert.equal(sent.length, before, 'it stays closed')
  }
})

test('a session unknown to the server is closed', async () => {
  const { server, told, next } = hands()
  await settle()
  server.status = 404
  await next()
  assert.deepEqual(told.at(-1), { code: 1006, reason: 'xhr_send: 404', wasClean: false })
})

test('a request without an answer times out', async () => {
  const { server, told, next } = hands()
  await settle()
  server.hangs = true
  await next()
  assert.equal(await next(), 10)
  assert.equal(told.at(-1).code, 1006)
})

test('after closing, there are no requests and no events', async () => {
  const { socket, sent, told, due } = hands()
  await settle()
  socket.close()
  socket.send('late')
  await settle()
  assert.deepEqual(told, ['open', 'here'])
  assert.equal(sent.length, 3)
  assert.equal(due().length, 0)
})

test('closing during a request causes no events', async () => {
  const { socket, told } = hands()
  socket.close()
  await settle()
  assert.deepEqual(told, [])
})

test('an exception in the page does not close the session', async () => {
  const { socket, server, told, next, reported } = hands()
  await settle()
  socket.onmessage = () => { throw new Error('on purpose') }
  server.xhr.push(ANSWER)
  await next()
  assert.equal(reported[0].message, 'on purpose')
  socket.onmessage = ({ data }) => told.push(data)
  await next()
  assert.equal(told.at(-1), 'here')
})
