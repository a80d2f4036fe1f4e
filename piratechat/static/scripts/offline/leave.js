// Leaving a room: deletes all of its data from this device, in all windows.

import { BASE, ours, roomPath } from '../lib/base.js'
import { byId } from '../lib/dom.js'
import { tellWorker } from './worker.js'
import { OF_ROOMS, keeper, keyOf, shelf } from '../lib/storage.js'

const VISITOR = 'piratechat:visitor'
// The last room that a window showed.
const HERE = 'piratechat:here'
// The room that a window has left, for a notice on the home page.
const LEFT = 'piratechat:left'
const SHELVES = Object.values(OF_ROOMS)
// The keys of all rooms: `piratechat:WHAT:ROOM`.
const OURS = keyOf('piratechat:')
const forRoom = (/** @type {string} */ room) => (/** @type {string} */ key) => key.startsWith(OURS) && key.endsWith(`:${room}`)
const forAnyRoom = (/** @type {string} */ key) => SHELVES.map(keyOf).includes(key) || (key.startsWith(OURS) && key.includes(':', OURS.length + 1))

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
 * Deletes the data of another visitor in this browser, which must be neither shown nor sent under a new name.  Unsent
 * messages are kept for the room that this window shows and showed before: the cookie may have been deleted meanwhile.
 * Returns whether there was another visitor: then the copies of the service worker must be deleted, too.
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

/** The visitor that this browser knew last, as a page knows them. */
export const visitorBefore = () => keeper('localStorage', VISITOR).load()

/**
 * @param {string} room
 * @param {{title(): string, url: string, forget(): void}} page
 * @param {{forget(): Promise<unknown> | undefined}} device
 */
export function offerLeaving(room, page, device) {
  const windows = windowsOf(room)
  const leave = async () => {
    const left = { title: page.title(), url: page.url }
    page.forget()
    await device.forget()
    forgetStored(room)
    keeper('sessionStorage', HERE).save('')
    keeper('sessionStorage', LEFT).save(JSON.stringify(left))
    location.assign(`${BASE}/`)
  }
  windows.onmessage = leave
  const place = byId('leave')
  place.hidden = false
  place.querySelector('button')?.addEventListener('click', () => {
    windows.postMessage('left')
    leave()
  })
}

/**
 * Deletes the data of a room that this window does not show.
 *
 * @param {string} room
 */
export async function forgetRoom(room) {
  const windows = windowsOf(room)
  windows.postMessage('left')
  windows.close()
  const worker = (await navigator.serviceWorker?.getRegistration())?.active
  if (worker) await tellWorker(worker, { forget: roomPath(room) })
  forgetStored(room)
}

/** @param {string} room */
const windowsOf = (room) => new BroadcastChannel(ours(`piratechat:leave:${room}`))

/** @param {string} room */
function forgetStored(room) {
  remove(forRoom(room))
  for (const key of SHELVES) shelf(keeper('localStorage', key), room, Infinity).save('')
}

/**
 * Returns the room that this window has just left, once; or null.
 *
 * @returns {{title: string, url: string} | null}
 */
export function takeLeft() {
  const kept = keeper('sessionStorage', LEFT)
  const text = kept.load()
  kept.save('')
  return text === null ? null : JSON.parse(text)
}
