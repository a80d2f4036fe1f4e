import assert from 'node:assert/strict'
import test from 'node:test'
import { AgreedSlots, LockedSlots, slotsOf } from '../../piratechat/static/scripts/connection/slots.js'

const turn = () => new Promise((done) => setImmediate(done))

// The used part of navigator.locks, shared by all pages of a browser.
class Locks {
  held = new Set()

  async request(name, { ifAvailable }, callback) {
    assert.equal(ifAvailable, true)
    await turn()
    if (this.held.has(name)) return callback(null)
    this.held.add(name)
    try {
      return await callback({ name })
    } finally {
      this.held.delete(name)
    }
  }
}

// Channels whose messages arrive asynchronously at all others.
class Channels {
  open = new Set()

  channel() {
    const channel = {
      postMessage: (data) => setImmediate(() => {
        for (const other of this.open) if (other !== channel) other.onmessage({ data })
      }),
    }
    this.open.add(channel)
    return channel
  }
}

const taken = async (pages) => (await Promise.all(pages.map((page) => page.take()))).filter(Boolean).length

test('locks: the number of pages with a slot is limited', async () => {
  const locks = new Locks()
  const pages = Array.from({ length: 6 }, () => new LockedSlots(locks, 4))
  assert.equal(await taken(pages), 4)
  assert.equal(await taken(pages), 4, 'pages keep their slots')
  assert.equal(locks.held.size, 4)
})

test('locks: a released slot is available to the next page', async () => {
  const locks = new Locks()
  const [one, other] = [new LockedSlots(locks, 1), new LockedSlots(locks, 1)]
  assert.equal(await one.take(), true)
  assert.equal(await other.take(), false)
  one.leave()
  await turn()
  assert.equal(await other.take(), true)
  assert.equal(await one.take(), false)
})

test('locks: two concurrent requests of a page take one slot', async () => {
  const locks = new Locks()
  const page = new LockedSlots(locks, 4)
  assert.deepEqual(await Promise.all([page.take(), page.take()]), [true, true])
  assert.equal(locks.held.size, 1)
})

test('locks: there is no slot if the browser rejects locks', async () => {
  const page = new LockedSlots({ request: async () => { throw new Error('SecurityError') } })
  assert.equal(await page.take(), false)
})

const agreed = (channels, number, wait) => new AgreedSlots(channels.channel(), { most: 4, number, wait })
const soon = async () => { for (let times = 0; times < 5; times++) await turn() }

test('channels: pages agree on slots, one after another', async () => {
  const channels = new Channels()
  const pages = [3, 9, 1, 7, 5, 2].map((number) => agreed(channels, number, soon))
  for (const page of pages.slice(0, 4)) assert.equal(await page.take(), true)
  for (const page of pages.slice(4)) assert.equal(await page.take(), false)
  pages[0].leave()
  await soon()
  assert.equal(await pages[4].take(), true)
  assert.equal(await pages[5].take(), false)
})

test('channels: pages agree on slots, all at the same time', async () => {
  const channels = new Channels()
  const pages = [3, 9, 1, 7, 5, 2].map((number) => agreed(channels, number, soon))
  assert.equal(await taken(pages), 4)
  assert.deepEqual(pages.filter(({ has }) => has).map(({ number }) => number).sort(), [1, 2, 3, 5])
})

test('channels: pages agree on slots, shortly after each other', async () => {
  for (let late = 0; late < 8; late++) {
    const channels = new Channels()
    const [first, second] = [9, 1].map((number) => new AgreedSlots(channels.channel(), { most: 1, number, wait: soon }))
    const asked = first.take()
    for (let times = 0; times < late; times++) await turn()
    const both = [await second.take(), await asked]
    assert.ok(both.filter(Boolean).length <= 1, `${both} after ${late}`)
  }
})

test('channels: a closed page has no slot', async () => {
  const channels = new Channels()
  const [gone, next] = [1, 2].map((number) => new AgreedSlots(channels.channel(), { most: 1, number, wait: soon }))
  await gone.take()
  await soon()
  channels.open.delete(gone.channel)
  assert.equal(await next.take(), true)
})

const performance = (...protocols) => ({ getEntries: () => protocols.map((nextHopProtocol) => ({ nextHopProtocol })) })

test('secure pages use locks, others channels, and without either there are no slots', async () => {
  const locks = new Locks()
  await slotsOf({ navigator: { locks }, performance: performance('', undefined, 'http/1.1') }).take()
  assert.equal(locks.held.size, 1)
  const names = []
  class Channel {
    constructor(name) { names.push(name) }

    postMessage() {}
  }
  assert.equal(await slotsOf({ navigator: {}, BroadcastChannel: Channel, performance: performance() }).take(), true)
  assert.deepEqual(names, ['piratechat:connections'])
  assert.equal(await slotsOf({ navigator: {}, performance: performance() }).take(), false)
})

test('over HTTP/2 slots are not limited', async () => {
  const places = slotsOf({ navigator: {}, performance: performance('', 'h2') })
  assert.equal(await places.take(), true)
})
