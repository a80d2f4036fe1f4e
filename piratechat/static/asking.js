// What was asked of the server, and is not answered yet.  Pure: where it goes is given to it.

import { randomNonce } from './outbox.js'

export class Asking {
  // send(object): puts it on the link, and tells whether it went.
  constructor(send, nonce = randomNonce) {
    Object.assign(this, { send, nonce })
    this.waiting = new Map()
  }

  // Returns a promise of the answer, which fails with what the server says: {message, field?};
  // null if it could not be sent.
  ask(values) {
    const nonce = this.nonce()
    if (!this.send({ ...values, nonce })) return null
    return new Promise((done, refuse) => this.waiting.set(nonce, { done, refuse }))
  }

  // Whether this answers something: {type: "done" | "error", nonce}
  answer(event) {
    const asked = this.waiting.get(event.nonce)
    if (!asked) return false
    this.waiting.delete(event.nonce)
    if (event.type === 'done') asked.done()
    else asked.refuse(event)
    return true
  }

  // The connection broke: whether it was done is not known.
  lost() {
    for (const { refuse } of this.waiting.values()) {
      refuse({ message: 'The connection broke: look whether it was done, and try again.' })
    }
    this.waiting.clear()
  }
}
