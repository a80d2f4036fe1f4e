// What the browser keeps for a page.  A browser may refuse to keep anything
// (private windows, a full disk): the chat then works without.

import { BASE, ours } from './base.js'

/** @import { Keeper } from '../types.d.ts' */

// Whether the page is in a frame of another site: its visitor is another one than that of our own pages, with which it
// may share what the browser keeps.
export const isFramed = globalThis.document?.querySelector('main')?.dataset.frame !== undefined

// The name under which the browser keeps what is called `key`.
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
    // Returns whether it is kept.
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

// What is kept of many rooms under one name.
export const OF_ROOMS = {
  drafts: 'piratechat:drafts',
  hidden: 'piratechat:hidden',
  rooms: 'piratechat:rooms',
  seen: 'piratechat:seen',
  unsent: 'piratechat:unsent',
  wishes: 'piratechat:wishes',
}

// The database of which this browser knows numbers of messages, by its epoch (docs/talking.md).
export const EPOCH = 'piratechat:epoch'

/**
 * What says something about one database only: a page of another one, which may have slept since a back-up was
 * restored, finds nothing and keeps nothing.
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
 * What `keeper` keeps of many rooms, the one written to last at the end; whatever else it may hold is left out.
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
 * One room's share of what `keeper` keeps: the `most` rooms written to last have one.
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
 * Such a choice, as `remember` was told; "" if there is none.
 *
 * @param {string} name
 */
export function cookie(name) {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`))
  return found === undefined ? '' : decodeURIComponent(found.slice(name.length + 1))
}

const YEAR = 365 * 24 * 3600

/**
 * A choice that the server reads, too, when the next page is asked for.  In a frame only the address tells it.
 *
 * @param {string} cookie
 * @param {string} value
 */
export function remember(cookie, value) {
  if (isFramed) return
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs HTTPS, and Firefox lacks it
  document.cookie = `${cookie}=${encodeURIComponent(value)}; path=${BASE || '/'}; max-age=${YEAR}; samesite=lax`
}
