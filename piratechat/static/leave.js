// @ts-check
// Leaving a room: nothing of it stays on this device.

import { byId } from './dom.js'
import { OF_ROOMS, keeper, shelf } from './store.js'

const VISITOR = 'piratechat:visitor'
const SHELVES = Object.values(OF_ROOMS)
// Of every room: `piratechat:WHAT:ROOM`.
const forRoom = (/** @type {string} */ room) => (/** @type {string} */ key) => key.startsWith('piratechat:') && key.endsWith(`:${room}`)
const forAnyRoom = (/** @type {string} */ key) => SHELVES.includes(key) || /^piratechat:[^:]+:/.test(key)

/** @param {(key: string) => boolean} matches */
function remove(matches) {
  for (const name of /** @type {const} */ (['localStorage', 'sessionStorage'])) {
    try {
      for (const key of Object.keys(window[name])) if (matches(key)) window[name].removeItem(key)
    } catch { /* a browser that keeps nothing has nothing to forget */ }
  }
}

/**
 * What another visitor left in this browser is neither shown nor sent under a new name.
 * Returns whether there was another: then what the service worker keeps has to go, too.
 *
 * @param {string} visitor
 */
export function forgetOthers(visitor) {
  const known = keeper('localStorage', VISITOR)
  const before = known.load()
  known.save(visitor)
  if (before === null || before === visitor) return false
  remove(forAnyRoom)
  return true
}

/**
 * @param {string} room
 * @param {import('./device.js').Device} device
 */
export function offerLeaving(room, device) {
  const place = byId('leave')
  place.hidden = false
  place.querySelector('button')?.addEventListener('click', async () => {
    await device.forget()
    remove(forRoom(room))
    for (const key of SHELVES) shelf(keeper('localStorage', key), room, Infinity).save('')
    location.assign('/')
  })
}
