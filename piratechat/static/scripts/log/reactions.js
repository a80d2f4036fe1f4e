// Updates the reactions to a message after a change.  Pure.

/** @import { Reaction } from '../types.d.ts' */

/**
 * The server sends the same event to all readers; the page knows which reactions are the reader's own.
 *
 * @param {Reaction[]} known
 * @param {{reactions: Reaction[], changed?: {emoji: string, author: string, on: boolean}}} event
 * @param {Set<string>} ours  our names
 */
export function reactionsAfter(known, { reactions, changed }, ours) {
  const yours = new Set(known.filter((one) => one.yours).map(({ emoji }) => emoji))
  if (changed && ours.has(changed.author)) {
    if (changed.on) yours.add(changed.emoji)
    else yours.delete(changed.emoji)
  }
  return reactions.map((one) => ({ ...one, yours: one.yours ?? yours.has(one.emoji) }))
}
