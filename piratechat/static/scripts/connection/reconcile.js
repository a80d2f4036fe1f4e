// Whether messages are stored that were under way when a connection broke: looks for their nonces in what was said
// since, as far as the page has not shown it.  Pure.

/** @import { Outbox } from './outbox.js' */
/** @import { Message } from '../types.d.ts' */

// Pages of messages that are fetched for it, at most.
const MOST = 25

/**
 * Fails where there is no network, and leaves what is unsure as it is.
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
