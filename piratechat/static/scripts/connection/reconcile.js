// Determines whether messages were stored that were being sent when the connection was lost: looks for their nonces in
// later messages that the page has not shown.  Pure.

/** @import { Outbox } from './outbox.js' */
/** @import { Message } from '../types.d.ts' */

// Maximum number of pages of messages to fetch.
const MOST = 25

/**
 * Rejects if there is no network; entries then remain unsure.
 *
 * @param {Outbox} outbox
 * @param {number} from  everything from this message on is known already
 * @param {(after: number, before: number) => Promise<Message[]>} fetchPage  messages, ascending
 * @param {string} [epoch]  the database that they are of: what was said in another one may be anywhere in it
 */
export async function reconcile(outbox, from, fetchPage, epoch) {
  const { unsure } = outbox
  let after = Math.min(...unsure.map((entry) => (entry.epoch === epoch ? entry.last : 0)))
  for (let pages = 0; after < from - 1 && outbox.unsure.length; pages++) {
    if (pages === MOST) return outbox.doubt()
    const messages = await fetchPage(after, from)
    for (const message of messages) outbox.settle(message)
    const last = messages.at(-1)
    if (!last) break
    after = last.seq
  }
  outbox.looked(unsure)
}
