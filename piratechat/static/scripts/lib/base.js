// The path below which the chat is served, "" if it has the whole host.  Pure.

/**
 * The part of a script's URL before the path of the chat's files.
 *
 * @param {string} address
 */
export function baseOf(address) {
  const { protocol, pathname } = new URL(address)
  return protocol.startsWith('http') ? pathname.match(/^(.*)\/static\//)?.[1] ?? '' : ''
}

export const BASE = baseOf(import.meta.url)

/** @param {string} room  its slug */
export const roomPath = (room) => `${BASE}/rooms/${encodeURIComponent(room)}`

/**
 * Browser storage and messages between windows belong to the whole host, so each chat on it uses its own names.
 *
 * @param {string} name  of what is kept: `piratechat:WHAT`
 */
export const ours = (name) => BASE + name
