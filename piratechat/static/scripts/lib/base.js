// The path below which the chat is served, "" if it has the whole host.  Pure.

/**
 * The part of a script's own address that comes before where the chat has its files.
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
 * What the browser keeps for a page, and what windows tell each other, is by the whole host: each chat has names of
 * its own there.
 *
 * @param {string} name  of what is kept: `piratechat:WHAT`
 */
export const ours = (name) => BASE + name
