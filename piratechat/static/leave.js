// Leaving a room: nothing of it stays on this device.

import { byId } from './dom.js'
import { keeper } from './store.js'

const VISITOR = 'piratechat:visitor'
// Of every room: `piratechat:WHAT:ROOM`.
const forRoom = (room) => (key) => key.startsWith('piratechat:') && key.endsWith(`:${room}`)
const forAnyRoom = (key) => /^piratechat:[^:]+:/.test(key)

function remove(matches) {
  for (const name of ['localStorage', 'sessionStorage']) {
    try {
      for (const key of Object.keys(window[name])) if (matches(key)) window[name].removeItem(key)
    } catch { /* a browser that keeps nothing has nothing to forget */ }
  }
}

// What another visitor left in this browser is neither shown nor sent under a new name.
// Resolves to whether there was another.
export async function forgetOthers(visitor) {
  const known = keeper('localStorage', VISITOR)
  const before = known.load()
  known.save(visitor)
  if (before === null || before === visitor) return false
  remove(forAnyRoom)
  for (const name of ['rooms', 'said']) await window.caches?.delete(name)
  return true
}

export function offerLeaving(room, device) {
  const place = byId('leave')
  place.hidden = false
  place.querySelector('button').addEventListener('click', async () => {
    await device.forget()
    remove(forRoom(room))
    location.assign('/')
  })
}
