// Browser storage.  It may be unavailable (private windows, a full disk); the chat works without it.

import { BASE, ours } from './base.js'

/** @import { Keeper } from '../types.d.ts' */

// Whether the page is in a frame of another site: its visitor differs from that of our own pages, with which it may share
// the storage.
export const isFramed = globalThis.document?.querySelector('main')?.dataset.frame !== undefined

// The key in the browser's storage for `key`.
export const keyOf = (/** @type {string} */ key) => ours(isFramed ? key.replace('piratechat', 'piratechat-frame') : key)

/**
 * @param {'localStorage' | 'sessionStorage'} storage
 * @param {string} key
 * @returns {Keeper}
 */
export function keeper(storage, key) {
  const name = keyOf(key)
  return {
    load() {
      try { return window[storage].getItem(name) } catch { return null }
    },
    // Returns whether it was stored.
    save(text) {
      try {
        if (text) window[storage].setItem(name, text)
        else window[storage].removeItem(name)
        return true
      } catch {
        return false
      }
    },
  }
}

// A store for many rooms under one key.
export const OF_ROOMS = {
  drafts: 'piratechat:drafts',
  hidden: 'piratechat:hidden',
  rooms: 'piratechat:rooms',
  seen: 'piratechat:seen',
  unsent: 'piratechat:unsent',
  wishes: 'piratechat:wishes',
}

// The epoch of the database whose message numbers this browser has stored (docs/talking.md).
export const EPOCH = 'piratechat:epoch'

/**
 * A store for data about one database: a page of another one, which may have been suspended since a back-up was
 * restored, reads and stores nothing.
 *
 * @param {Keeper} kept
 * @param {string} epoch  that of the page
 * @param {Keeper} [known]
 * @returns {Keeper}
 */
export function ofEpoch(kept, epoch, known = keeper('localStorage', EPOCH)) {
  const fits = () => known.load() === epoch
  return {
    load: () => fits() ? kept.load() : null,
    save: (text) => fits() && kept.save(text),
  }
}

/**
 * Returns the valid data of rooms in `keeper`, the one written last at the end.
 *
 * @param {Keeper} keeper
 * @returns {[room: string, text: string][]}
 */
export function shelves(keeper) {
  try {
    return JSON.parse(keeper.load() ?? '[]')
      .filter((/** @type {unknown[]} */ [name, text]) => typeof name === 'string' && typeof text === 'string')
  } catch {
    return []
  }
}

/**
 * The store of one room within `keeper`, which keeps the `most` rooms that were written last.
 *
 * @param {Keeper} keeper
 * @param {string} room
 * @param {number} most
 * @returns {Keeper}
 */
export function shelf(keeper, room, most) {
  return {
    load: () => shelves(keeper).find(([name]) => name === room)?.[1] ?? null,
    save(text) {
      const rooms = shelves(keeper).filter(([name]) => name !== room)
      if (text) rooms.push([room, text])
      return keeper.save(rooms.length ? JSON.stringify(rooms.slice(-most)) : '')
    },
  }
}

/**
 * The choice that `remember` has stored, or "".
 *
 * @param {string} name
 */
export function cookie(name) {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`))
  return found === undefined ? '' : decodeURIComponent(found.slice(name.length + 1))
}

const YEAR = 365 * 24 * 3600

/**
 * A choice that the server reads as well, from a cookie, with the next request.  In a frame it is only in the URL.
 *
 * @param {string} cookie
 * @param {string} value
 */
export function remember(cookie, value) {
  if (isFramed) return
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs HTTPS, and Firefox lacks it
  document.cookie = `${cookie}=${encodeURIComponent(value)}; path=${BASE || '/'}; max-age=${YEAR}; samesite=lax`
}
