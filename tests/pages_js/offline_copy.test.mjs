import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { OfflineCopy } from '../../piratechat/static/scripts/offline/offline_copy.js'

// A service worker that answers immediately.
class Worker {
  told = []

  postMessage(what, [port]) {
    this.told.push(what)
    port.postMessage('done')
    port.close()
  }
}

// Timers never fire.
beforeEach(() => { mock.timers.reset(); mock.timers.enable({ apis: ['setTimeout'] }) })

/** Returns a copy of a live room, which the worker of `registration` stores. */
async function copyOf(registration) {
  const serviceWorker = { controller: registration.active, register: async () => {}, ready: Promise.resolve(registration) }
  Object.defineProperty(globalThis, 'navigator', { value: { serviceWorker }, configurable: true })
  globalThis.document = { documentElement: { dataset: {} }, addEventListener() {} }
  globalThis.MutationObserver = class { observe() {} }
  const copy = new OfflineCopy('/rooms/cabin', 'c0ffee', { messages: new Map([[1, { seq: 1, text: 'Ahoy' }]]), list: null }, true)
  await copy.start(false)
  copy.stateChanged('connected')
  copy.save()
  return copy
}

const said = ({ told }) => told.filter((what) => what.said).map(({ messages }) => messages.map(({ text }) => text))

test('new messages are sent to the active worker', async () => {
  const registration = { active: new Worker() }
  const copy = await copyOf(registration)
  assert.deepEqual(said(registration.active), [['Ahoy']])
  const before = registration.active
  registration.active = new Worker() // after an update of the chat
  copy.log.messages.set(2, { seq: 2, text: 'Avast' })
  copy.save()
  assert.equal(said(before).length, 1)
  assert.deepEqual(said(registration.active), [['Ahoy', 'Avast']])
})

test('a left room is not stored again', async () => {
  const registration = { active: new Worker() }
  const copy = await copyOf(registration)
  await copy.forget()
  copy.save()
  assert.equal(said(registration.active).length, 1)
  assert.deepEqual(registration.active.told.at(-1), { forget: '/rooms/cabin' })
})
