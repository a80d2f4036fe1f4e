import assert from 'node:assert/strict'
import test from 'node:test'
import { Transports } from '../../piratechat/static/scripts/connection/transports.js'

// Transports with slots, a storage and a clock set by the test; `more` makes others of the same session.
function hands() {
  const at = { time: 1000, free: true, held: false, kept: '' }
  const more = () => new Transports({
    places: {
      async take() {
        at.held = at.held || at.free
        return at.held
      },
      leave() { at.held = false },
    },
    keeper: { load: () => at.kept, save: (text) => { at.kept = text } },
    now: () => at.time,
  })
  return { at, transports: more(), more }
}

test('WebSockets are first, and need no slot', async () => {
  const { transports, at } = hands()
  assert.equal(await transports.choose(), 'websocket')
  transports.worked()
  assert.equal(transports.delay, null)
  assert.deepEqual([at.held, at.kept], [false, ''])
})

test('transports are tried in order until one works', async () => {
  const { transports } = hands()
  const tried = []
  do tried.push(await transports.choose()); while (transports.failed())
  assert.deepEqual(tried, ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling', 'short-polling'])
  assert.equal(await transports.choose(), 'websocket')
})

test('a working transport is stored for the session, and WebSockets are tried again after ten minutes', async () => {
  const { transports, at, more } = hands()
  await transports.choose()
  transports.failed()
  assert.equal(at.kept, '', 'nothing is stored before a transport works')
  await transports.choose()
  transports.worked()
  transports.restart()
  assert.equal(await transports.choose(), 'xhr-streaming')
  assert.equal(await more().choose(), 'xhr-streaming')
  at.time += 599
  transports.worked()
  assert.equal(await more().choose(), 'xhr-streaming')
  at.time += 1
  assert.equal(await more().choose(), 'websocket', 'counted from the first time')
  transports.restart()
  assert.equal(await transports.choose(), 'websocket')
})

test('a clock that is set back does not delay WebSockets', async () => {
  const { transports, at, more } = hands()
  await transports.choose()
  transports.failed()
  await transports.choose()
  transports.worked()
  at.time -= 3600
  assert.equal(await more().choose(), 'websocket')
})

test('a restart before any transport worked starts with WebSockets', async () => {
  const { transports } = hands()
  await transports.choose()
  transports.failed()
  transports.restart()
  assert.equal(await transports.choose(), 'websocket')
})

test('after a change of the network, WebSockets are first again', async () => {
  const { transports } = hands()
  await transports.choose()
  transports.failed()
  await transports.choose()
  transports.worked()
  transports.forget()
  assert.equal(await transports.choose(), 'websocket')
})

test('without a slot: polls with a reason, and streams when a slot is free', async () => {
  const { transports, at } = hands()
  at.free = false
  await transports.choose()
  transports.failed()
  assert.equal(await transports.choose(), 'short-polling')
  assert.equal(transports.delay, 'tabs')
  transports.worked()
  assert.equal(await transports.canImprove(), false)
  at.free = true
  assert.equal(await transports.canImprove(), true)
  assert.equal(await transports.choose(), 'xhr-streaming')
  assert.equal(transports.delay, null)
  assert.equal(at.held, true)
})

test('a slot is released when it is not needed', async () => {
  const { transports, at } = hands()
  await transports.choose()
  transports.failed()
  await transports.choose()
  assert.equal(at.held, true)
  transports.forget()
  await transports.choose()
  assert.equal(at.held, false)
})

test('if nothing else works: polls, and tries WebSockets again after ten minutes', async () => {
  const { transports, at } = hands()
  do await transports.choose(); while (transports.current !== 'short-polling' && transports.failed())
  transports.worked()
  assert.equal(transports.delay, 'network')
  assert.equal(await transports.canImprove(), false)
  at.time += 600
  assert.equal(await transports.canImprove(), true)
  assert.equal(await transports.choose(), 'websocket')
})

test('invalid stored data is ignored', async () => {
  for (const kept of ['', 'x', 'null', '[]', '{"first":9,"until":1e9}', '{"first":-1,"until":1e9}', '{"first":"x","until":1e9}', '{"first":1.5,"until":1e9}', '{"first":1}']) {
    const { transports, at } = hands()
    at.kept = kept
    assert.equal(await transports.choose(), 'websocket', kept)
  }
})
