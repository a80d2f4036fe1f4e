import assert from 'node:assert/strict'
import test from 'node:test'
import { RoomHttp } from '../../piratechat/static/scripts/connection/room_http.js'

const MESSAGES = [{ seq: 1, text: 'is', view: { as: 'pirate', state: 'ready', text: 'be' } }, { seq: 2, text: '', removed: true }]

function room(view) {
  globalThis.fetch = async (address) => {
    view.asked = address
    await view.meanwhile?.()
    return { ok: true, json: async () => ({ epoch: 'e1', messages: MESSAGES }) }
  }
  return new RoomHttp('/rooms/ada', () => view.as, view.epoch ?? 'e1')
}

test('messages are translated for the reader', async () => {
  const view = { as: 'pirate' }
  assert.deepEqual(await room(view).messages({ before: 3 }), MESSAGES)
  assert.equal(view.asked, '/rooms/ada/messages?before=3&as=pirate')
})

test('messages that arrive after a change of the translator are translated again', async () => {
  const view = { as: 'pirate', meanwhile: () => { view.as = 'original' } }
  const [said, removed] = await room(view).messages({ before: 3 })
  assert.deepEqual(said, { seq: 1, text: 'is', view: { as: 'original', state: 'pending' } })
  assert.deepEqual(removed, MESSAGES[1])
})

test('messages of another database are rejected', async () => {
  await assert.rejects(room({ as: 'pirate', epoch: 'e2' }).messages({ before: 3 }), /another database/)
})
