// Tells of each new message once, when it reads as its reader wants it, and takes it back when it is removed.  Pure.

import { plain } from '../log/formatting.js'

// Messages that are waited for; a translator that keeps more waiting loses the oldest.
const MOST = 50

/** @import { Message, View } from '../types.d.ts' */

export class News {
  /**
   * @param {object} options
   * @param {(news: import('../types.d.ts').News, message: Message) => void} options.tell  the text without marks
   * @param {(seq: number) => void} options.withdraw  also for messages that were never told
   * @param {() => string | undefined} options.readIn  the language of what is translated, as far as it is known
   */
  constructor({ tell, withdraw, readIn }) {
    this.tell = tell
    this.withdraw = withdraw
    this.readIn = readIn
    /** @type {Map<number, Message>} */
    this.waiting = new Map()
  }

  /**
   * One that is being translated is told when that is done.
   *
   * @param {Message} message
   */
  message(message) {
    if (message.removed) return
    if (message.view?.state !== 'pending') return this.now(message)
    this.waiting.set(message.seq, message)
    const [oldest] = this.waiting.keys()
    if (this.waiting.size > MOST) this.waiting.delete(oldest)
  }

  /**
   * @param {number} seq
   * @param {View} view
   */
  viewed(seq, view) {
    const message = this.waiting.get(seq)
    if (!message || view.state === 'pending') return
    this.waiting.delete(seq)
    this.now({ ...message, view })
  }

  /** @param {number} seq */
  removed(seq) {
    this.waiting.delete(seq)
    this.withdraw(seq)
  }

  /** @param {Message} message */
  now(message) {
    const { seq, author, text, links, lang, view } = message
    const read = view?.state === 'ready' && view.text !== undefined ? { ...view, lang: this.readIn() } : { text, links, lang }
    this.tell({ seq, author, text: plain(read.text ?? '', read.links), lang: read.lang }, message)
  }
}
