// The service worker in a simulated environment: what it caches, and when.  In Chromium: tests/chat/test_offline.py.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import vm from 'node:vm'

const SCRIPT = readFileSync(new URL('../../piratechat/static/scripts/service_worker.js', import.meta.url), 'utf8')
const TOP = 'https://chat.example'
const ROOM = '/rooms/cabin'
const [NOW, BEFORE] = ['c0ffee', 'decade']
const FILE = `${TOP}/static/v-0123456789ab/room.js`

const addressOf = (what) => new URL(typeof what === 'string' ? what : what.url, TOP).href

class Cache {
  entries = new Map()

  async match(what) { return this.entries.get(addressOf(what))?.clone() }
  async put(what, answer) { this.entries.set(addressOf(what), answer) }
  async delete(what) { return this.entries.delete(addressOf(what)) }
  async keys() { return [...this.entries.keys()].map((url) => ({ url })) }
}

class World {
  caches = new Map()
  asked = []        // requested URLs
  answers = new Map([[`${TOP}${ROOM}`, `<main data-epoch="${NOW}">Ahoy</main>`], [FILE, 'a script']])
  time = 1_000_000
  limits = []       // abort controllers of timeouts
  listeners = new Map()

  constructor(base = '') {
    this.base = base  // where the chat is served
    const { caches } = this
    const open = (name) => caches.get(name) ?? caches.set(name, new Cache()).get(name)
    vm.runInNewContext(SCRIPT, {
      self: { addEventListener: (type, listener) => this.listeners.set(type, listener) },
      location: { origin: TOP, href: `${TOP}${this.base}/sw.js` },
      performance: { now: () => this.time },
      caches: {
        open: async (name) => open(name),
        keys: async () => [...caches.keys()],
        delete: async (name) => caches.delete(name),
        match: async (what, { cacheName } = {}) => {
          const found = [...caches].filter(([name]) => cacheName === undefined || name === cacheName)
          return (await Promise.all(found.map(([, cache]) => cache.match(what)))).find(Boolean)
        },
      },
      fetch: (what, options) => this.fetch(addressOf(what), options?.signal ?? what.signal),
      AbortSignal: { timeout: () => this.limit() },
      Request: class { constructor(url, { signal } = {}) { Object.assign(this, { url, signal }) } },
      Response, Headers, Blob, URL,
    })
  }

  limit() {
    const limit = new AbortController()
    this.limits.push(limit)
    return limit.signal
  }

  // Requests whose answer is `undefined` are never answered.
  async fetch(address, signal) {
    this.asked.push(address)
    if (!this.answers.has(address)) throw new TypeError('no network')
    const answer = this.answers.get(address)
    if (answer !== undefined) return new Response(answer)
    return new Promise((_answered, failed) => signal?.addEventListener('abort', () => failed(signal.reason)))
  }

  // Sends a message to the worker; resolves when it has been processed.
  tell(data) {
    let done
    this.listeners.get('message')({ data, ports: [], waitUntil(job) { done = job } })
    return done
  }

  say(text, { epoch = NOW } = {}) {
    return this.tell({ said: ROOM, epoch, at: 'today', messages: [{ seq: 1, text }], files: [FILE] })
  }

  async said(epoch = NOW) {
    const kept = await this.caches.get(`said-${epoch}`)?.match(ROOM)
    return kept && (await kept.json()).messages[0].text
  }

  // Whether the worker answers the navigation to a page of the chat.
  async isAnswered(path) {
    let answered
    const request = { method: 'GET', mode: 'navigate', url: `${TOP}${this.base}${path}` }
    this.listeners.get('fetch')({ request, waitUntil() {}, respondWith(answer) { answered = answer } })
    return answered !== undefined && await answered instanceof Response
  }

  async page() { return (await this.caches.get(`rooms-${NOW}`)?.match(ROOM))?.text() }
}

test('messages are stored in addition to a cached page', async () => {
  const world = new World()
  await world.tell({ keep: ROOM, files: [FILE] })
  await world.say('Avast')
  assert.equal(await world.said(), 'Avast')
  assert.deepEqual(world.asked, [`${TOP}${ROOM}`, FILE])
})

test('a page that this worker did not serve is cached with its messages and files', async () => {
  const world = new World()
  await world.say('Avast')
  assert.match(await world.page(), /Ahoy/)
  assert.equal(await world.said(), 'Avast')
  assert.ok(await world.caches.get('files').match(FILE))
})

test('a page that could not be fetched is requested again, but not for each message', async () => {
  const world = new World()
  const page = world.answers.get(`${TOP}${ROOM}`)
  world.answers.delete(`${TOP}${ROOM}`)
  for (const text of ['one', 'two', 'three']) await world.say(text)
  assert.deepEqual(world.asked, [`${TOP}${ROOM}`])
  world.answers.set(`${TOP}${ROOM}`, page)
  world.time += 60_000
  await world.say('four')
  assert.equal(await world.said(), 'four')
})

test('messages of an earlier database are not stored', async () => {
  const world = new World()
  await world.say('soon lost', { epoch: BEFORE })
  assert.equal(await world.said(BEFORE), undefined)
  assert.match(await world.page(), /Ahoy/)
  await world.say('stays')
  await world.tell({ current: BEFORE })
  assert.equal(await world.said(), undefined)
})

test('a left room is deleted', async () => {
  const world = new World()
  await world.say('Avast')
  await world.tell({ forget: ROOM })
  assert.equal(await world.said(), undefined)
  assert.equal(await world.page(), undefined)
})

test('a server that does not answer delays messages only until the timeout', async () => {
  const world = new World()
  await world.tell({ keep: ROOM })
  world.answers.set(`${TOP}${ROOM}`, undefined)
  const keeping = world.tell({ keep: ROOM })
  const saying = world.say('Avast')
  while (world.asked.length < 2) await new Promise(setImmediate)
  assert.equal(await world.said(), undefined, 'the message waits for the page')
  for (const limit of world.limits) limit.abort()
  await Promise.all([keeping, saying])
  assert.equal(await world.said(), 'Avast')
})

test('a chat below a path caches only its own rooms, in separate caches', async () => {
  const world = new World('/chat')
  world.answers.set(`${TOP}/chat${ROOM}`, `<main data-epoch="${NOW}">Ahoy</main>`)
  await world.tell({ keep: ROOM })
  assert.deepEqual(world.asked, [], 'a room of another chat on the same host')
  await world.tell({ keep: `/chat${ROOM}` })
  assert.match(await (await world.caches.get(`/chatrooms-${NOW}`).match(`/chat${ROOM}`)).text(), /Ahoy/)
  world.caches.set(`rooms-${BEFORE}`, new Cache())
  await world.tell({ forgetAll: true })
  assert.deepEqual([...world.caches.keys()], [`rooms-${BEFORE}`])
})

for (const base of ['', '/chat']) {
  test(`rooms in frames of other sites are not cached, in any theme, below "${base}"`, async () => {
    const world = new World(base)
    for (const frame of ['/frame', '/frame-plain', '/frame-plone-dark', '/frame-my_own-theme-2', '/frame--']) {
      assert.equal(await world.isAnswered(`${frame}${ROOM}`), false, frame)
    }
    assert.equal(await world.isAnswered(`${ROOM}?frame=yes&theme=plone-dark`), false)
    for (const path of [ROOM, '/', '/framework', '/rooms/frame-plain', '/rooms/frame']) {
      assert.equal(await world.isAnswered(path), true, path)
    }
  })
}
