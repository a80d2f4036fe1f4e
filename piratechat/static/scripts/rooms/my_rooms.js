// The rooms that this browser has visited, from its own storage, without a server.  Pure.

import { roomPath } from '../lib/base.js'
import { OF_ROOMS, keeper, shelf, shelves } from '../lib/storage.js'

/** @import { Keeper } from '../types.d.ts' */

/**
 * @typedef {object} MyRoom
 * @property {string} room  its slug
 * @property {string} url  its path
 * @property {string} title
 * @property {number} unread  messages that were said and not seen, as far as the browser knows
 */

// Maximum number of stored rooms.
const MOST = 50

export class MyRooms {
  /**
   * @param {object} [kept]
   * @param {Keeper} [kept.rooms]  title of each room, and its newest message that the browser knows
   * @param {Keeper} [kept.seen]  of each room the last message that was seen
   */
  constructor({ rooms = keeper('localStorage', OF_ROOMS.rooms), seen = keeper('localStorage', OF_ROOMS.seen) } = {}) {
    this.rooms = rooms
    this.seen = seen
  }

  /**
   * Returns all rooms, the last visited one first.
   *
   * @returns {MyRoom[]}
   */
  list() {
    const rooms = shelves(this.rooms)
    const texts = new Map(rooms)
    const allSeen = new Map(shelves(this.seen))
    return namesIn(rooms).flatMap((room) => {
      const { title, last } = read(texts.get(room) ?? null)
      if (!title) return []
      const seen = Number.parseInt(allSeen.get(room) ?? '', 10)
      return [{ room, url: roomPath(room), title, unread: Math.max(0, last - seen) || 0 }]
    })
  }

  /**
   * Stores a visit, or a new title or message of a room.
   *
   * @param {string} room
   * @param {{title: string, last?: number}} how  `last`: its newest message, if that is known
   */
  remember(room, { title, last }) {
    const kept = shelf(this.rooms, room, MOST)
    const text = JSON.stringify({ title, last: last ?? read(kept.load()).last })
    if (namesIn(shelves(this.rooms))[0] !== room || kept.load() !== text) kept.save(text)
  }

  // Rooms of another database: titles are kept, message numbers are invalid.
  forgetNumbers() {
    for (const { room, title } of this.list().reverse()) shelf(this.rooms, room, MOST).save(JSON.stringify({ title, last: 0 }))
  }
}

/**
 * Returns the last visited rooms, without duplicates, the last one first.
 *
 * @param {[room: string, text: string][]} rooms
 */
const namesIn = (rooms) => [...new Set(rooms.slice(-MOST).map(([room]) => room).reverse())]

/**
 * Invalid stored data becomes a room without a title.
 *
 * @param {string | null} text
 */
function read(text) {
  try {
    const { title, last } = JSON.parse(text ?? '')
    return { title: typeof title === 'string' ? title : '', last: Number.isSafeInteger(last) ? last : 0 }
  } catch {
    return { title: '', last: 0 }
  }
}
