// Commands that the server has not answered yet.  Pure: the function that sends them is an argument.

import { randomNonce } from './outbox.js'
import { text as t } from '../lib/texts.js'

/**
 * @import { Command, Refusal, Send, ServerEvent } from '../types.d.ts'
 */

export class PendingCommands {
  /**
   * @param {Send} send
   * @param {() => string} nonce
   */
  constructor(send, nonce = randomNonce) {
    this.send = send
    this.nonce = nonce
    /** @type {Map<string, {done: () => void, refuse: (refusal: Refusal) => void}>} */
    this.waiting = new Map()
  }

  /**
   * Returns a promise of the answer, which is rejected with the server's Refusal; or null if the command could not be sent.
   *
   * @param {Command} values
   * @returns {Promise<void> | null}
   */
  ask(values) {
    const nonce = this.nonce()
    if (!this.send({ ...values, nonce })) return null
    return new Promise((done, refuse) => this.waiting.set(nonce, { done, refuse }))
  }

  /**
   * Handles an answer, {type: "done" | "error", nonce}; returns whether it is one.
   *
   * @param {ServerEvent} event
   */
  answer(event) {
    const asked = this.waiting.get(event.nonce)
    if (!asked) return false
    this.waiting.delete(event.nonce)
    if (event.type === 'done') asked.done()
    else asked.refuse({ message: event.message, field: event.field })
    return true
  }

  // The connection was lost, so it is unknown whether the commands were performed.
  lost() {
    for (const { refuse } of this.waiting.values()) {
      refuse({ message: t('error.connection_lost') })
    }
    this.waiting.clear()
  }
}
