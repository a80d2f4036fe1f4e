// Which messages notify the reader: all, mentions and replies, or none.  Pure.

/**
 * @import { Message } from '../types.d.ts'
 * @typedef {'all' | 'mentions' | 'none'} Wish
 */

// Maximum number of unread messages for the reader that are counted.
const MOST = 1000

export class Attention {
  /**
   * @param {object} options
   * @param {() => Wish} options.wish
   * @param {Set<string>} options.names  the reader's
   * @param {(seq: number) => boolean} options.isOwn  whether the reader wrote this message
   */
  constructor({ wish, names, isOwn }) {
    this.wish = wish
    this.names = names
    this.isOwn = isOwn
    /** @type {Set<number>} */
    this.forUs = new Set()
  }

  /**
   * Whether the message mentions the reader, or replies to one of their messages.
   *
   * @param {Message} message
   */
  isForUs({ mentions = [], reply_to: target }) {
    return mentions.some(([, , name]) => this.names.has(name)) || Boolean(target && (this.names.has(target.author) || this.isOwn(target.seq)))
  }

  /**
   * Records a message that is not visible.
   *
   * @param {Message} message
   */
  note(message) {
    if (this.isForUs(message) && this.forUs.size < MOST) this.forUs.add(message.seq)
  }

  /** @param {Message} message */
  wants(message) {
    const wish = this.wish()
    return wish === 'all' || (wish === 'mentions' && this.isForUs(message))
  }

  /**
   * Returns the number in the title of the page, given the number of unread messages, which follow `after`.
   *
   * @param {number} unread
   * @param {number} after
   */
  count(unread, after) {
    const wish = this.wish()
    if (wish !== 'mentions') return wish === 'all' ? unread : 0
    for (const seq of this.forUs) if (seq <= after || !unread) this.forUs.delete(seq)
    return this.forUs.size
  }

  /** @param {number} seq */
  removed(seq) { this.forUs.delete(seq) }
}
