// Leaving a room: nothing of it stays on this device, in no window.

import { byId } from '../lib/dom.js'
import { OF_ROOMS, keeper, shelf } from '../lib/storage.js'

const VISITOR = 'piratechat:visitor'
// The room that a window showed last.
const HERE = 'piratechat:here'
const SHELVES = Object.values(OF_ROOMS)
// Of every room: `piratechat:WHAT:ROOM`.
const forRoom = (/** @type {string} */ room) => (/** @type {string} */ key) => key.startsWith('piratechat:') && key.endsWith(`:${room}`)
const forAnyRoom = (/** @type {string} */ key) => SHELVES.includes(key) || /^piratechat:[^:]+:/.test(key)

/**
 * @param {(key: string) => boolean} matches
 * @param {('localStorage' | 'sessionStorage')[]} storages
 */
function remove(matches, storages = ['localStorage', 'sessionStorage']) {
  for (const name of storages) {
    try {
      for (const key of Object.keys(window[name])) if (matches(key)) window[name].removeItem(key)
    } catch { /* a browser that keeps nothing has nothing to forget */ }
  }
}

/**
 * What another visitor left in this browser is neither shown nor sent under a new name.  Only of the room that this
 * window shows, and showed before, it has what is not sent yet: its cookie may have gone while it was open.
 * Returns whether there was another: then what the service worker keeps has to go, too.
 *
 * @param {string} visitor
 * @param {string} room
 */
export function forgetOthers(visitor, room) {
  const known = keeper('localStorage', VISITOR)
  const here = keeper('sessionStorage', HERE)
  const [before, shown] = [known.load(), here.load()]
  known.save(visitor)
  here.save(room)
  if (before === null || before === visitor) return false
  remove(forAnyRoom, ['localStorage'])
  remove((key) => forAnyRoom(key) && !(shown === room && forRoom(room)(key)), ['sessionStorage'])
  return true
}

/**
 * @param {string} room
 * @param {{forget(): void}} page
 * @param {{forget(): Promise<unknown> | undefined}} device
 */
export function offerLeaving(room, page, device) {
  const windows = new BroadcastChannel(`piratechat:leave:${room}`)
  const leave = async () => {
    page.forget()
    await device.forget()
    remove(forRoom(room))
    for (const key of SHELVES) shelf(keeper('localStorage', key), room, Infinity).save('')
    keeper('sessionStorage', HERE).save('')
    location.assign('/')
  }
  windows.onmessage = leave
  const place = byId('leave')
  place.hidden = false
  place.querySelector('button')?.addEventListener('click', () => {
    windows.postMessage('left')
    leave()
  })
}
