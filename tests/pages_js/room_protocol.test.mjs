import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { Outbox } from '../../piratechat/static/scripts/connection/outbox.js'
import { EVENTS, RoomProtocol } from '../../piratechat/static/scripts/connection/room_protocol.js'

// A clock that the test advances.
class Clock {
  time = 100
  timers = []

  now() { return this.time }

  after(seconds, then) {
    const timer = { at: this.time + seconds, then }
    this.timers.push(timer)
    return timer
  }

  cancel(timer) { this.timers = this.timers.filter((one) => one !== timer) }

  pass(seconds) {
    this.time += seconds
    const due = this.timers.filter(({ at }) => at <= this.time)
    this.timers = this.timers.filter(({ at }) => at > this.time)
    for (const { then } of due) then()
  }
}

// Resolves when all pending promises have been settled.
const idle = () => new Promise((done) => setImmediate(done))

const message = (seq, more = {}) => ({ type: 'message', seq, author: 'Bo', text: `number ${seq}`, ...more })

// A page with an open connection.  `told` has the effects, as [effect, ...arguments];
// `stored` has the messages that the server returns over HTTP.
function pageOf({ you, visitor = 'v1', live = true, last = 0, first = null, stored = [], kept = '', entries = [], ...more } = {}) {
  const page = { sent: [], told: [], asked: [], clock: new Clock(), stored, connected: true, network: true, isKept: true, fits: true }
  let nonces = 0
  const nonce = () => `n${++nonces}`
  page.outbox = new Outbox({ load: () => JSON.stringify(entries), nonce, clock: () => 1000 })
  const returned = { isKept: () => page.isKept, giveBack: () => page.fits }
  page.room = new RoomProtocol({
    send: (command) => {
      if (page.connected) page.sent.push(command)
      return page.connected
    },
    fetchMessages: async (query) => {
      page.asked.push(query)
      if (!page.network) throw new Error('no network')
      const { after, before, limit } = query
      return page.stored.filter(({ seq }) => seq > after && seq < before).slice(0, limit)
    },
    clock: page.clock,
    outbox: page.outbox,
    view: () => 'pirate',
    effects: new Proxy({}, { get: (_, name) => (...values) => { page.told.push([name, ...values]); return returned[name]?.() } }),
    reloadedFor: { load: () => kept, save: (text) => { kept = text; return true } },
    you, visitor, live, last, first, nonce: () => `c${++nonces}`, ...more,
  })
  // Returns the effects since the last call, without the updates of the outbox.
  page.news = () => page.told.splice(0).filter(([name]) => name !== 'outboxChanged')
  page.names = () => page.news().map(([name]) => name)
  page.out = () => page.sent.splice(0)
  page.states = () => page.outbox.entries.map(({ text, state }) => [text, state])
  page.welcome = (values = {}) => page.room.received({
    type: 'welcome', version: null, room: 'ada', you: null, visitor: 'v1', last: 0, as: 'pirate', translators: [], present: [],
    owner: 'Ada', read_only: false, muted: false, epoch: more.epoch, ...values })
  page.enter = async (values = {}) => {
    page.room.opened()
    page.welcome({ you: you ?? null, last, ...values })
    await idle()
    page.out()
    page.news()
  }
  return page
}

// Each state, with a function that makes a page in this state.
const IN_STATE = {
  disconnected: async () => pageOf({ you: 'Ada' }),
  joining: async () => {
    const page = pageOf({ you: 'Ada' })
    page.room.opened()
    return page
  },
  'catching-up': async () => {
    const page = pageOf({ you: 'Ada' })
    page.room.opened()
    page.welcome({ you: 'Ada', last: 2 })
    return page
  },
  current: async () => {
    const page = pageOf({ you: 'Ada' })
    await page.enter()
    return page
  },
  ended: async () => {
    const page = pageOf({ you: 'Ada' })
    await page.enter()
    page.room.end()
    return page
  },
}

// Each event, with its effect in states in which events are processed.
const MEANING = [
  [message(1), ['said', { ...message(1) }]],
  [{ type: 'view', seq: 1, as: 'pirate', state: 'ready', text: 'Ahoy' }, ['viewed', { type: 'view', seq: 1, as: 'pirate', state: 'ready', text: 'Ahoy' }]],
  [{ type: 'removed', seq: 1, by: 'owner' }, ['removed', 1, 'owner']],
  [{ type: 'erased', seqs: [1], rev: 1 }, ['erased', 1]],
  [{ type: 'reactions', seq: 1, reactions: [] }, ['reacted', { type: 'reactions', seq: 1, reactions: [] }]],
  [{ type: 'pinned', seqs: [1] }, ['pinned', [1]]],
  [{ type: 'named', you: 'Grace' }, ['named', 'Grace', false]],
  [{ type: 'muted' }, ['permissions', { muted: true }]],
  [{ type: 'unmuted' }, ['permissions', { muted: false }]],
  [{ type: 'room', title: 'New' }, ['roomChanged', { type: 'room', title: 'New' }]],
  [{ type: 'present', joined: ['Bo'], left: [] }, ['present', { type: 'present', joined: ['Bo'], left: [] }]],
  [{ type: 'typing', author: 'Bo' }, ['typing', 'Bo']],
  [{ type: 'whisper', author: 'Tide', text: 'Rising' }, ['whispered', { type: 'whisper', author: 'Tide', text: 'Rising' }]],
  [{ type: 'logged', what: 'removed', seq: 1 }, ['logged']],
  [{ type: 'error', code: 'not-allowed', message: 'No.' }, ['notice', 'No.']],
  [{ type: 'gap', before: 1 }, null],
  [{ type: 'current', last: 0, rev: 0 }, null],
  [{ type: 'reset' }, null],
  [{ type: 'done', nonce: 'another' }, null],
]

for (const [state, make] of Object.entries(IN_STATE)) {
  const hears = !['disconnected', 'ended'].includes(state)

  test(`${state}: the effect of each event`, async () => {
    for (const [event, meaning] of MEANING) {
      const page = await make()
      assert.equal(page.room.state, state)
      page.told.splice(0)
      page.sent.splice(0)
      page.room.received(event)
      const news = page.news()
      const told = news.map((one) => (one[0] === 'said' ? one.slice(0, 2) : one)).filter(([name]) => name !== 'caughtUp')
      assert.deepEqual(told, hears && meaning ? [meaning] : [], `${state}: ${event.type}`)
      assert.deepEqual(page.sent, [], `${state}: ${event.type}`)
    }
  })

  test(`${state}: a welcome`, async () => {
    const page = await make()
    page.told.splice(0)
    page.welcome({ you: 'Ada', last: 0 })
    assert.equal(page.room.state, hears ? 'current' : state)
    assert.equal(page.names().includes('welcomed'), hears)
  })

  test(`${state}: posting a message`, async () => {
    const page = await make()
    page.sent.splice(0)
    page.room.say('Hello')
    assert.deepEqual(page.sent.map(({ type, text }) => [type, text]), state === 'current' ? [['say', 'Hello']] : [])
    assert.deepEqual(page.states(), [['Hello', state === 'current' ? 'sent' : 'waiting']])
  })

  test(`${state}: requesting a name`, async () => {
    const page = await make()
    page.sent.splice(0)
    page.room.askFor('Grace')
    assert.deepEqual(page.sent, hears ? [{ type: 'join', after: page.room.queue.last, as: 'pirate', name: 'Grace' }] : [])
    assert.equal(page.room.state, state)
  })

  test(`${state}: the connection is lost`, async () => {
    const page = await make()
    page.room.closed()
    assert.equal(page.room.state, state === 'ended' ? 'ended' : 'disconnected')
  })

  test(`${state}: a connection opens`, async () => {
    const page = await make()
    page.sent.splice(0)
    page.room.opened()
    assert.equal(page.room.state, state === 'ended' ? 'ended' : 'joining')
    assert.deepEqual(page.sent.map(({ type }) => type), state === 'ended' ? [] : ['join'])
  })
}

test('the events are exactly those of docs/talking.md', async () => {
  const text = await readFile(new URL('../../docs/talking.md', import.meta.url), 'utf8')
  const [, part] = text.match(/## Messages from the server\n([\s\S]*?)\n### Error codes/)
  const documented = [...part.matchAll(/^### `(\w+)`$/gm)].map(([, type]) => type)
  // The connection processes `pong`.
  assert.deepEqual(new Set(documented.filter((type) => type !== 'pong')), new Set(EVENTS))
  assert.deepEqual(new Set(MEANING.map(([{ type }]) => type).concat('welcome')), new Set(EVENTS))
})

test('events of a newer server, and names of methods, are ignored', async () => {
  for (const type of ['constructor', 'welcomed', '__proto__', 'toString', 'new', undefined]) {
    const page = pageOf({ you: 'Ada' })
    await page.enter()
    page.room.received({ type })
    assert.deepEqual([page.news(), page.out(), page.room.state], [[], [], 'current'])
  }
})

// ---- joining and catching up

test('joining requests the messages after those of the page, in its translation', () => {
  const page = pageOf({ last: 7 })
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 7, as: 'pirate' }])
})

test('a WebSocket joins by its URL, without a message', () => {
  const page = pageOf({ last: 7, rev: 3, epoch: 'ab cd', view: () => 'pirate:es' })
  assert.equal(page.room.query('websocket'), '?join&after=7&since=3&epoch=ab%20cd&as=pirate%3Aes')
  page.room.opened()
  assert.deepEqual([page.out(), page.room.state], [[], 'joining'])
  page.welcome({ last: 7 })
  page.room.answered()
  assert.deepEqual([page.out(), page.room.state], [[], 'current'])
  page.room.received(message(8))
  page.room.closed()
  assert.equal(page.room.query('websocket'), '?join&after=8&since=3&epoch=ab%20cd&as=pirate%3Aes')
})

test('other transports join by a message, also after a WebSocket that failed', () => {
  const page = pageOf({ last: 7 })
  page.room.query('websocket')
  assert.equal(page.room.query('xhr-streaming'), '')
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 7, as: 'pirate' }])
})

test('a page that knows more than its URL says joins by a message', () => {
  const page = pageOf({ last: 7 })
  page.room.query('websocket')
  page.room.queue.last = 8 // a message that was still being fetched
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 8, as: 'pirate' }])
})

test('a requested name is not in the URL', () => {
  const page = pageOf()
  page.room.query('websocket')
  page.room.say('Hello', { name: 'Ada' })
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 0, as: 'pirate', name: 'Ada' }])
  page.room.closed()
  assert.equal(page.room.query('websocket'), '', 'the message joins')
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 0, as: 'pirate', name: 'Ada' }])
})

test('an older server, which answers without a welcome, gets a message', () => {
  const page = pageOf({ last: 7 })
  page.room.query('websocket')
  page.room.opened()
  page.room.answered()
  assert.deepEqual(page.out(), [{ type: 'join', after: 7, as: 'pirate' }])
})

test('a page of older messages requests only new messages, and continues from there', async () => {
  const page = pageOf({ live: false, last: 7 })
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', as: 'pirate' }])
  page.welcome({ last: 9 })
  assert.deepEqual(page.news().filter(([name]) => name === 'startsAt'), [['startsAt', 9]])
  assert.equal(page.room.state, 'current')
  page.room.received(message(10))
  page.room.closed()
  page.room.opened()
  assert.deepEqual(page.out().at(-1), { type: 'join', after: 10, as: 'pirate' })
  page.welcome({ last: 11 })
  assert.equal(page.names().includes('startsAt'), false, 'the start stays the same')
  assert.deepEqual([page.room.queue.last, page.room.from], [10, 10])
})

test('missed messages are not current, and those after them are', async () => {
  const page = pageOf({ you: 'Ada', last: 1 })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 3 })
  for (const seq of [2, 3, 4]) page.room.received(message(seq))
  const told = page.news().filter(([name]) => ['said', 'caughtUp'].includes(name))
  assert.deepEqual(told.map(([name, event, how]) => [name, event?.seq, how?.current]),
    [['said', 2, false], ['said', 3, false], ['caughtUp', undefined, undefined], ['said', 4, true]])
})

test('a gap is filled over HTTP before later events', async () => {
  const stored = Array.from({ length: 450 }, (_, at) => message(at + 1))
  const page = pageOf({ you: 'Ada', stored })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 450 })
  page.room.received({ type: 'gap', before: 451 })
  page.room.received(message(451))
  page.room.received({ type: 'removed', seq: 5 })
  assert.equal(page.room.state, 'catching-up')
  await idle()
  const told = page.news().filter(([name]) => ['said', 'removed'].includes(name))
  assert.deepEqual(told.map(([name, event]) => (name === 'said' ? event.seq : name)),
    [...Array.from({ length: 451 }, (_, at) => at + 1), 'removed'])
  assert.deepEqual(page.asked.map(({ after, before }) => [after, before]), [[0, 451], [200, 451], [400, 451]])
  assert.equal(page.room.state, 'current')
})

test('a gap that cannot be filled is requested again with growing delays', async () => {
  const page = pageOf({ you: 'Ada', stored: [message(1)] })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 1 })
  page.network = false
  page.room.received({ type: 'gap', before: 2 })
  await idle()
  assert.deepEqual([page.asked.length, page.room.state], [1, 'catching-up'])
  page.clock.pass(60)
  await idle()
  assert.equal(page.asked.length, 2)
  page.network = true
  page.clock.pass(60)
  await idle()
  assert.deepEqual([page.asked.length, page.room.state], [3, 'current'])
})

test('while a gap is filled, messages after it do not make the page current', async () => {
  const page = pageOf({ you: 'Ada', stored: [message(1), message(2)] })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 1 })
  page.room.received({ type: 'gap', before: 3 })
  page.room.say('Hello')
  page.room.queue.apply(message(2))
  assert.deepEqual([page.room.state, page.out().map(({ type }) => type)], ['catching-up', ['join']])
  await idle()
  assert.equal(page.room.state, 'current')
})

test('after a connection is lost while a gap is filled, the whole gap is requested again', async () => {
  const page = pageOf({ you: 'Ada', stored: [message(1), message(2)] })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 2 })
  page.room.received({ type: 'gap', before: 3 })
  page.room.closed()
  page.room.opened()
  await idle()
  assert.deepEqual(page.out().at(-1), { type: 'join', after: 0, as: 'pirate' })
  assert.equal(page.names().includes('said'), false)
  page.welcome({ you: 'Ada', last: 2 })
  page.room.received(message(1))
  page.room.received(message(2))
  assert.equal(page.room.state, 'current')
})

test('a reconnection requests the messages after the last one', async () => {
  const page = pageOf({ you: 'Ada', last: 1 })
  await page.enter()
  page.room.received(message(2))
  page.room.closed()
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 2, as: 'pirate' }])
})

test('duplicate and older messages are delivered, and do not change the last number', async () => {
  const page = pageOf({ you: 'Ada', last: 5 })
  await page.enter()
  for (const seq of [6, 6, 3]) page.room.received(message(seq))
  assert.deepEqual(page.news().map(([, { seq }]) => seq), [6, 6, 3])
  assert.equal(page.room.queue.last, 6)
})

// ---- sending

test('a reply has the number of its message, unless the database is another one', async () => {
  const page = pageOf({ you: 'Ada', epoch: 'e1' })
  await page.enter()
  page.room.say('yes', { replyTo: 7 })
  assert.deepEqual(page.out(), [{ type: 'say', text: 'yes', nonce: 'n1', lang: undefined, reply_to: 7 }])
  page.outbox.change('n1', { state: 'waiting', epoch: 'e0' })
  page.room.pump()
  assert.deepEqual(page.out(), [{ type: 'say', text: 'yes', nonce: 'n1', lang: undefined }])
})

test('one message is sent at a time, in order', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  for (const text of ['one', 'two', 'three']) page.room.say(text, { lang: 'en' })
  assert.deepEqual(page.out(), [{ type: 'say', text: 'one', nonce: 'n1', lang: 'en' }])
  page.room.received(message(1, { nonce: 'n1' }))
  assert.deepEqual(page.out().map(({ text }) => text), ['two'])
  page.room.received(message(2, { nonce: 'n2' }))
  page.room.received(message(3, { nonce: 'n3' }))
  assert.deepEqual([page.out().map(({ text }) => text), page.states()], [['three'], []])
  assert.deepEqual(page.news().map(([, , how]) => how.ours), [true, true, true])
})

test('duplicate acknowledgements, and those of others, are ignored', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('one')
  page.out()
  for (const nonce of ['n1', 'n1', 'x', undefined]) page.room.received(message(1, { nonce }))
  assert.deepEqual(page.news().map(([, , { ours }]) => ours), [true, false, false, false])
  assert.deepEqual(page.out(), [])
})

test('a message that could not be sent is sent by the next connection', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.connected = false
  page.room.say('one')
  assert.deepEqual(page.states(), [['one', 'waiting']])
  page.connected = true
  page.room.closed()
  page.room.opened()
  page.welcome({ you: 'Ada' })
  assert.deepEqual(page.out().map(({ type }) => type), ['join', 'say'])
})

test('after a lost connection, an unacknowledged message is sent again if it is not stored', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('one')
  page.out()
  page.room.closed()
  assert.deepEqual(page.states(), [['one', 'unsure']])
  page.room.opened()
  page.welcome({ you: 'Ada', last: 1 })
  page.room.received(message(1))
  await idle()
  assert.deepEqual(page.out().slice(1), [{ type: 'say', text: 'one', nonce: 'n1', lang: undefined }], 'with the same nonce')
})

test('after a lost connection, a stored message is not sent again', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('one')
  page.out()
  page.room.closed()
  page.room.opened()
  page.welcome({ you: 'Ada', last: 1 })
  page.room.received(message(1, { nonce: 'n1' }))
  await idle()
  assert.deepEqual([page.out().map(({ type }) => type), page.states()], [['join'], []])
})

test('messages before the page\'s first one are searched for an unacknowledged one', async () => {
  const stored = [message(1), message(2, { nonce: 'n9' }), message(3)]
  const entries = [{ nonce: 'n9', text: 'one', last: 1, at: 900, state: 'sent' }]
  const page = pageOf({ you: 'Ada', last: 3, first: 3, stored, entries })
  await page.enter()
  assert.deepEqual([page.states(), page.asked.map(({ after, before }) => [after, before])], [[], [[1, 3]]])
})

test('without a network, the search is repeated while the page is current', async () => {
  const entries = [{ nonce: 'n9', text: 'one', last: 1, at: 900, state: 'sent' }]
  const page = pageOf({ you: 'Ada', last: 3, first: 3, entries })
  page.network = false
  await page.enter()
  page.network = true
  page.clock.pass(2.9)
  await idle()
  assert.deepEqual([page.asked.length, page.states()], [1, [['one', 'unsure']]])
  page.clock.pass(0.2)
  await idle()
  assert.deepEqual([page.asked.length, page.states()], [2, [['one', 'sent']]])
})

test('the search is not repeated after the connection was lost', async () => {
  const entries = [{ nonce: 'n9', text: 'one', last: 1, at: 900, state: 'sent' }]
  const page = pageOf({ you: 'Ada', last: 3, first: 3, entries })
  page.network = false
  await page.enter()
  page.room.closed()
  page.clock.pass(10)
  await idle()
  assert.equal(page.asked.length, 1)
})

test('rate-limited: the message is sent again automatically, and later ones wait', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('one')
  page.room.say('two')
  page.out()
  page.room.received({ type: 'error', code: 'rate-limited', message: 'Wait.', nonce: 'n1', retry_after: 5 })
  page.clock.pass(4.9)
  assert.deepEqual([page.out(), page.states()], [[], [['one', 'waiting'], ['two', 'waiting']]])
  page.clock.pass(0.2)
  assert.deepEqual(page.out().map(({ text }) => text), ['one'])
})

test('other rejected messages wait for their author, and the next one is sent', async () => {
  for (const error of [
    { code: 'too-long', message: 'No.' }, { code: 'read-only', message: 'No.' }, { code: 'muted', message: 'No.' },
    { code: 'not-stored', message: 'No.' }, { code: 'rate-limited', message: 'No.' }, { code: 'of a newer server', message: 'No.' },
  ]) {
    const page = pageOf({ you: 'Ada' })
    await page.enter()
    page.room.say('one')
    page.room.say('two')
    page.out()
    page.room.received({ type: 'error', nonce: 'n1', ...error })
    assert.deepEqual(page.states(), [['one', 'failed'], ['two', 'sent']], error.code)
    assert.equal(page.outbox.entries[0].reason, 'No.')
    assert.deepEqual(page.news(), error.code === 'muted' ? [['permissions', { muted: true }]] : [])
    page.room.received(message(1, { nonce: 'n2' }))
    page.room.sayAgain('n1')
    assert.deepEqual(page.out().map(({ text }) => text), ['two', 'one'])
  }
})

test('discarded messages are not sent', async () => {
  const page = pageOf({ you: 'Ada' })
  page.room.say('one')
  page.room.discard('n1')
  await page.enter()
  assert.deepEqual([page.states(), page.sent], [[], []])
})

// ---- commands

test('a command is answered by done, or by an error, with its nonce', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  const answers = ['first', 'second'].map((name) => page.room.ask({ type: 'mute', name }))
  assert.deepEqual(page.out(), [{ type: 'mute', name: 'first', nonce: 'c1' }, { type: 'mute', name: 'second', nonce: 'c2' }])
  page.room.received({ type: 'error', code: 'muted', message: 'No.', nonce: 'c2', field: 'name' })
  page.room.received({ type: 'done', nonce: 'c1' })
  await answers[0]
  await assert.rejects(answers[1], { message: 'No.', field: 'name' })
  assert.deepEqual(page.news(), [], 'only its author receives the answer')
})

test('commands fail without a connection, and when it is lost', async () => {
  const page = pageOf({ you: 'Ada' })
  page.connected = false
  assert.equal(page.room.ask({ type: 'mute', name: 'Bo' }), null)
  page.connected = true
  await page.enter()
  const answer = page.room.ask({ type: 'mute', name: 'Bo' })
  page.room.closed()
  await assert.rejects(answer, ({ message: reason }) => Boolean(reason))
})

// ---- names

test('messages of a visitor without a name wait for the name', async () => {
  const page = pageOf()
  await page.enter()
  page.room.say('Hello', { name: 'Ada' })
  assert.deepEqual(page.out(), [{ type: 'join', after: 0, as: 'pirate', name: 'Ada' }])
  page.welcome({ you: 'Ada' })
  assert.deepEqual(page.out().map(({ text }) => text), ['Hello'])
  assert.deepEqual(page.news().filter(([name]) => name === 'named'), [['named', 'Ada', false]])
})

test('without a connection, the next one requests the name', () => {
  const page = pageOf()
  page.room.say('Hello', { name: 'Ada' })
  assert.deepEqual(page.out(), [])
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 0, as: 'pirate', name: 'Ada' }])
})

test('a name that is taken: a single message is returned to the text field', async () => {
  const page = pageOf()
  await page.enter()
  page.room.say('Hello', { name: 'Bo' })
  page.room.received({ type: 'error', code: 'name-taken', message: 'Bo is taken.' })
  page.welcome()
  const told = page.news().filter(([name]) => name !== 'settled' && name !== 'welcomed')
  assert.deepEqual(told, [['nameRejected', 'Bo is taken.'], ['giveBack', 'Hello'], ['nameRejected', 'Bo is taken.']])
  assert.deepEqual(page.states(), [])
  page.room.say('Hello', { name: 'Grace' })
  page.welcome({ you: 'Grace' })
  assert.deepEqual(page.out().at(-1).text, 'Hello')
  assert.equal(page.room.wanted, null)
})

test('a name that is taken: messages stay in the outbox if the field is in use, or if there are several', async () => {
  for (const [texts, fits] of [[['Hello'], false], [['Hello', 'again'], true]]) {
    const page = pageOf()
    await page.enter()
    page.fits = fits
    for (const text of texts) page.room.say(text, { name: 'Bo' })
    page.room.received({ type: 'error', code: 'name-taken', message: 'Bo is taken.' })
    page.welcome()
    assert.deepEqual(page.states(), texts.map((text) => [text, 'waiting']))
  }
})

test('a name that was granted in another window removes the error', async () => {
  const page = pageOf()
  await page.enter()
  page.room.say('Hello', { name: 'Bo' })
  page.room.received({ type: 'error', code: 'name-taken', message: 'Bo is taken.' })
  page.news()
  page.room.received({ type: 'named', you: 'Grace' })
  assert.deepEqual(page.news(), [['named', 'Grace', true]])
  assert.deepEqual(page.out().at(-1).text, 'Hello')
})

test('a message that needs a name waits for one', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('one')
  page.out()
  page.room.received({ type: 'error', code: 'name-needed', message: 'Say who you are.', nonce: 'n1' })
  assert.deepEqual([page.news(), page.states(), page.out()], [[['nameless', 'Say who you are.']], [['one', 'waiting']], []])
  page.room.say('', { name: 'Ada' })
  page.welcome({ you: 'Ada' })
  assert.deepEqual(page.out().map(({ type }) => type), ['join', 'say'])
})

test('messages wait if the server does not know the name', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter({ you: null })
  page.room.say('one')
  assert.deepEqual([page.out(), page.states()], [[], [['one', 'waiting']]])
})

// ---- a page whose cookie was deleted

test('a page whose cookie was deleted is reloaded once, and does nothing more', async () => {
  const page = pageOf({ you: 'Ada' })
  page.room.say('one')
  page.room.opened()
  page.welcome({ visitor: 'v2' })
  assert.deepEqual(page.names(), ['settled', 'isKept', 'reload'])
  assert.equal(page.room.state, 'ended')
  page.room.received(message(1))
  page.room.closed()
  page.room.opened()
  assert.deepEqual([page.names(), page.out().map(({ type }) => type), page.states()], [[], ['join'], [['one', 'waiting']]])
})

test('a page is not reloaded if messages would be lost, or twice for the same visitor', async () => {
  for (const { isKept, kept } of [{ isKept: false, kept: '' }, { isKept: true, kept: 'v2' }]) {
    const page = pageOf({ you: 'Ada', kept })
    page.isKept = isKept
    page.room.opened()
    page.welcome({ visitor: 'v2' })
    const names = page.names()
    assert.deepEqual([names.includes('reload'), names.includes('welcomed'), page.room.state], [false, true, 'current'])
    assert.equal(names.includes('nameless'), true)
  }
})

test('a page with the right visitor may be reloaded later', async () => {
  const saved = []
  const page = pageOf({ you: 'Ada', reloadedFor: { load: () => 'v2', save: (text) => { saved.push(text); return true } } })
  await page.enter()
  assert.deepEqual(saved, [''])
})

test('the next connection does not request a granted name', async () => {
  const page = pageOf()
  await page.enter()
  page.room.askFor('Ada')
  page.room.received({ type: 'named', you: 'Ada' })
  page.room.closed()
  page.room.opened()
  assert.deepEqual(page.out().at(-1), { type: 'join', after: 0, as: 'pirate' })
})

test('a page is not reloaded if the reload cannot be stored', async () => {
  const page = pageOf({ you: 'Ada', reloadedFor: { load: () => '', save: () => false } })
  page.room.opened()
  page.welcome({ visitor: 'v2' })
  assert.equal(page.names().includes('reload'), false)
})

// ---- two tabs of one visitor

// A server with one room, which stores nonces, and the connected tabs.
class Server {
  log = []
  tabs = []
  name = 'Ada'

  connect(page) {
    this.tabs.push(page)
    page.room.opened()
    this.take(page)
  }

  cut(page) {
    this.tabs = this.tabs.filter((one) => one !== page)
    page.sent.splice(0)
    page.room.closed()
  }

  // Executes the commands of the tab, and answers.
  take(page) {
    for (const command of page.out()) this[command.type]?.(page, command)
  }

  join(page, { after = this.log.length, name }) {
    this.name = name ?? this.name
    page.welcome({ you: this.name, last: this.log.length })
    for (const event of this.log.slice(after)) page.room.received(event)
  }

  say(page, { text, nonce }) {
    const known = this.log.find((event) => event.nonce === nonce)
    const event = known ?? message(this.log.length + 1, { author: this.name, text, nonce })
    if (!known) this.log.push(event)
    for (const tab of known ? [page] : this.tabs) tab.room.received(event)
  }
}

test('two tabs: both receive all messages, and each its own as such', async () => {
  const server = new Server()
  const tabs = [pageOf({ you: 'Ada' }), pageOf({ you: 'Ada' })]
  for (const tab of tabs) {
    server.connect(tab)
    await idle()
    tab.news()
  }
  // In browsers nonces are random, and never the same.
  tabs[1].outbox.nonce = () => 'other'
  tabs[0].room.say('one')
  server.take(tabs[0])
  tabs[1].room.say('two')
  server.take(tabs[1])
  const heard = tabs.map((tab) => tab.news().filter(([name]) => name === 'said').map(([, { seq }, { ours }]) => [seq, ours]))
  assert.deepEqual(heard, [[[1, true], [2, false]], [[1, false], [2, true]]])
  assert.deepEqual(tabs.map((tab) => tab.states()), [[], []])
})

test('two tabs: a tab duplicated with an unacknowledged message sends it once', async () => {
  const server = new Server()
  const first = pageOf({ you: 'Ada' })
  server.connect(first)
  await idle()
  first.room.say('one')
  // The copy has the stored data of the first tab.
  const copy = pageOf({ you: 'Ada', entries: JSON.parse(first.outbox.text) })
  server.connect(copy)
  await idle()
  server.take(first)
  server.take(copy)
  assert.deepEqual(server.log.map(({ text }) => text), ['one'])
  assert.deepEqual([first.states(), copy.states()], [[], []])
})

test('two tabs: a name granted to one is the name of both', async () => {
  const server = new Server()
  server.name = null
  const tabs = [pageOf(), pageOf()]
  for (const tab of tabs) server.connect(tab)
  await idle()
  tabs[1].room.say('waits')
  tabs[0].room.askFor('Ada')
  server.take(tabs[0])
  tabs[1].room.received({ type: 'named', you: 'Ada' })
  server.take(tabs[1])
  assert.deepEqual(server.log.map(({ author, text }) => [author, text]), [['Ada', 'waits']])
})

test('losing the connection at any step neither loses nor duplicates messages', async () => {
  for (let step = 0; step < 12; step++) {
    const server = new Server()
    const page = pageOf({ you: 'Ada' })
    const other = pageOf({ you: 'Ada' })
    server.connect(page)
    await idle()
    let steps = 0
    const go = async () => {
      if (steps++ === step) {
        server.cut(page)
        server.say(other, { text: `meanwhile ${step}`, nonce: `other${step}` })
        server.connect(page)
      } else {
        server.take(page)
      }
      await idle()
    }
    for (const text of ['one', 'two', 'three']) {
      page.room.say(text)
      await go()
    }
    for (let more = 0; more < 12 && page.outbox.entries.length; more++) await go()
    const said = server.log.map(({ text }) => text).filter((text) => !text.startsWith('meanwhile'))
    assert.deepEqual(said, ['one', 'two', 'three'], `cut at step ${step}`)
    const heard = page.news().filter(([name]) => name === 'said').map(([, { seq }]) => seq)
    assert.deepEqual(heard, server.log.map(({ seq }) => seq), `cut at step ${step}`)
  }
})

test('a reconnection sends the number of the last change, and the database', async () => {
  const page = pageOf({ you: 'Ada', last: 3, rev: 5, epoch: 'e1' })
  page.room.opened()
  assert.deepEqual(page.out(), [{ type: 'join', after: 3, since: 5, epoch: 'e1', as: 'pirate' }])
  page.welcome({ you: 'Ada', last: 3, rev: 7, epoch: 'e1' })
  page.room.received({ type: 'removed', seq: 2, rev: 6, by: 'owner' })
  page.room.received({ type: 'room', title: 'New', rev: 7 })
  page.room.received({ type: 'current', last: 3, rev: 7 })
  assert.deepEqual(page.names().filter((name) => name === 'removed' || name === 'roomChanged'), ['removed', 'roomChanged'])
  page.room.closed()
  page.room.opened()
  assert.equal(page.out().pop().since, 7)
})

test('a change after missing ones is requested again by a reconnection', async () => {
  const page = pageOf({ you: 'Ada', rev: 5, epoch: 'e1' })
  await page.enter()
  page.room.received({ type: 'room', title: 'New', rev: 7 })
  page.room.closed()
  page.room.opened()
  assert.equal(page.out().pop().since, 5)
})

test('the number of a change with several events counts with the last one', async () => {
  const page = pageOf({ you: 'Ada', last: 3, rev: 5, epoch: 'e1' })
  await page.enter()
  const since = () => {
    page.room.closed()
    page.room.opened()
    return page.out().pop().since
  }
  page.room.received({ type: 'message', seq: 1, text: 'one', rev: 6, more: true })
  assert.equal(since(), 5)
  await page.enter()
  page.room.received({ type: 'message', seq: 1, text: 'one', rev: 6, more: true })
  page.room.received({ type: 'message', seq: 2, text: 'two', rev: 6 })
  assert.equal(since(), 6)
})

test('several messages can be removed by one event', async () => {
  const page = pageOf({ you: 'Ada', rev: 0, epoch: 'e1' })
  await page.enter()
  page.room.received({ type: 'removed', seqs: [1, 2], rev: 1, by: 'operator' })
  assert.deepEqual(page.news().filter(([name]) => name === 'removed'), [['removed', 1, 'operator'], ['removed', 2, 'operator']])
})

test('after a reset, pages are reloaded after a random delay', async () => {
  const page = pageOf({ you: 'Ada', rev: 5, epoch: 'e1', random: () => 0.5 })
  await page.enter()
  page.room.received({ type: 'reset' })
  page.clock.pass(2.4)
  assert.ok(!page.names().includes('reload'))
  page.clock.pass(0.2)
  assert.ok(page.names().includes('reload'))
})

test('a page waiting for its reload ignores events and sends nothing, but stores messages', async () => {
  const page = pageOf({ you: 'Ada', last: 3, epoch: 'e1', random: () => 0.5 })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 9 })
  page.room.received({ type: 'reset' })
  page.news()
  page.out()
  page.room.say('wait for me')
  page.room.received(message(10))
  assert.deepEqual([page.news(), page.out(), page.states()], [[], [], [['wait for me', 'waiting']]])
})

test('a page is not reloaded if messages would be lost: the reader decides', async () => {
  const page = pageOf({ you: 'Ada', epoch: 'e1', random: () => 0.5 })
  await page.enter()
  page.isKept = false
  page.room.received({ type: 'reset' })
  page.clock.pass(3)
  assert.deepEqual(page.names().slice(-1), ['outdated'])
})

test('events of another database are ignored, and the page is reloaded', async () => {
  const entries = [{ nonce: 'n', text: 'perhaps stored', last: 9, epoch: 'e1', at: 1000, state: 'sent' }]
  const page = pageOf({ you: 'Ada', last: 9, first: 1, rev: 5, epoch: 'e1', entries, random: () => 0.5 })
  page.room.opened()
  page.welcome({ you: 'Ada', last: 3, rev: 1, epoch: 'e2' })
  page.room.received(message(4))
  await idle()
  assert.deepEqual(page.news(), [['restored', 'e2']])
  assert.deepEqual([page.asked, page.states()], [[], [['perhaps stored', 'unsure']]])
  page.clock.pass(3)
  assert.deepEqual(page.names(), ['isKept', 'reload'])
})

test('messages of another database are searched in the whole room, and sent once', async () => {
  for (const isThere of [true, false]) {
    const stored = [1, 2, 3, 4].map((seq) => ({ seq, nonce: isThere && seq === 1 ? 'n' : undefined }))
    const entries = [{ nonce: 'n', text: 'perhaps stored', last: 9, epoch: 'e1', at: 1000, state: 'sent' }]
    const page = pageOf({ you: 'Ada', last: 4, first: 3, epoch: 'e2', entries, stored })
    page.room.opened()
    page.welcome({ you: 'Ada', last: 4 })
    await idle()
    assert.deepEqual(page.asked.map(({ after, before }) => [after, before]), [[0, 3]])
    assert.deepEqual(page.out().filter(({ type }) => type === 'say').map(({ nonce }) => nonce), isThere ? [] : ['n'])
  }
})

test('the outbox stores the database of a message', async () => {
  const page = pageOf({ you: 'Ada', last: 4, epoch: 'e2' })
  await page.enter({ last: 4 })
  page.room.say('hello')
  assert.deepEqual(page.outbox.entries.map(({ last, epoch }) => [last, epoch]), [[4, 'e2']])
})

test('an own message erased before its arrival is removed, and settles the outbox', async () => {
  const page = pageOf({ you: 'Ada' })
  await page.enter()
  page.room.say('a secret')
  const [{ nonce }] = page.out()
  page.room.received(message(1, { text: '', erased: true, nonce }))
  const [said] = page.news().filter(([effect]) => effect === 'said')
  assert.deepEqual([said[1].removed, said[2].ours], [true, true])
  assert.deepEqual(page.states(), [])
})
