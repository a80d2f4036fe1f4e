// The rooms with an offline copy.

import { ours, roomPath } from '../lib/base.js'

/** @import { MyRoom } from '../rooms/my_rooms.js' */

/**
 * Returns those of `rooms` with an offline copy, and then other rooms with a copy.
 *
 * @param {MyRoom[]} rooms
 * @returns {Promise<MyRoom[]>}
 */
export async function keptRooms(rooms) {
  const kept = new Set(await slugs())
  const known = new Set(rooms.map(({ room }) => room))
  const others = [...kept].filter((room) => !known.has(room)).reverse()
  return [
    ...rooms.filter(({ room }) => kept.has(room)),
    ...others.map((room) => ({ room, url: roomPath(room), title: room, unread: 0 })),
  ]
}

async function slugs() {
  try {
    const names = (await caches.keys()).filter((name) => name.startsWith(ours('rooms-')))
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
    return keys.flat().map(({ url }) => decodeURIComponent(new URL(url).pathname.replace(roomPath(''), '')))
  } catch {
    return [] // only secure pages have caches
  }
}
