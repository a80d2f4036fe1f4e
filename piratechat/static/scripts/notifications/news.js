// Notifies the reader of each new message once, when its translation is ready; updates the notification when the message is
// edited, and withdraws it when the message is removed.  Pure.

import { plain } from '../log/formatting.js'

// Maximum number of messages that wait for their translation; beyond it, the oldest are dropped.
const MOST = 50

/** @import { Message, View } from '../types.d.ts' */

export class News {
  /**
   * @param {object} options
   * @param {(news: import('../types.d.ts').News, message: Message) => void} options.tell  the text without marks
   * @param {(news: import('../types.d.ts').News) => void} options.update  also for messages that were never told
   * @param {(seq: number) => void} options.withdraw  also for messages that were never told
   * @param {() => string | undefined} options.readIn  the language of what is translated, as far as it is known
   */
  constructor({ tell, update, withdraw, readIn }) {
    this.tell = tell
    this.update = update
    this.withdraw = withdraw
    this.readIn = readIn
    /** @type {Map<number, Message>} */
    this.waiting = new Map()
    /**
     * Edited messages that are being translated.
     *
     * @type {Map<number, Message>}
     */
    this.edited = new Map()
  }

  /**
   * A message that is being translated causes a notification when the translation is ready.
   *
   * @param {Message} message
   */
  message(message) {
    if (message.removed) return
    if (message.view?.state !== 'pending') return this.now(message)
    wait(this.waiting, message)
  }

  /**
   * An edited message: its notification must not show the previous text.
   *
   * @param {Message} message
   */
  changed(message) {
    if (this.waiting.delete(message.seq)) return this.message(message)
    if (message.view?.state === 'pending') wait(this.edited, message)
    else this.edited.delete(message.seq)
    this.update(this.read(message))
  }

  /**
   * @param {number} seq
   * @param {View} view
   */
  viewed(seq, view) {
    if (view.state === 'pending') return
    const [message, edited] = [this.waiting.get(seq), this.edited.get(seq)]
    this.waiting.delete(seq)
    this.edited.delete(seq)
    if (message) this.now({ ...message, view })
    else if (edited) this.update(this.read({ ...edited, view }))
  }

  /** @param {number} seq */
  removed(seq) {
    this.waiting.delete(seq)
    this.edited.delete(seq)
    this.withdraw(seq)
  }

  /** @param {Message} message */
  now(message) { this.tell(this.read(message), message) }

  /** @param {Pick<Message, 'seq' | 'author' | 'text' | 'links' | 'lang' | 'view'>} message */
  read(message) {
    const { seq, author, text, links, lang, view } = message
    const read = view?.state === 'ready' && view.text !== undefined ? { ...view, lang: this.readIn() } : { text, links, lang }
    return { seq, author, text: plain(read.text ?? '', read.links), lang: read.lang }
  }
}

/**
 * @param {Map<number, Message>} messages  at most MOST
 * @param {Message} message
 */
function wait(messages, message) {
  messages.set(message.seq, message)
  const [oldest] = messages.keys()
  if (messages.size > MOST) messages.delete(oldest)
}
