// Tells of each new message once, when it reads as its reader wants it, and takes it back when it is removed.  Pure.

// Messages that are waited for; a translator that keeps more waiting loses the oldest.
const MOST = 50

export class News {
  // tell({seq, author, text}); withdraw(seq), also for messages that were never told.
  constructor({ tell, withdraw }) {
    Object.assign(this, { tell, withdraw })
    this.waiting = new Map()
  }

  // One that is being translated is told when that is done.
  message(message) {
    if (message.removed) return
    if (message.view?.state !== 'pending') return this.now(message)
    this.waiting.set(message.seq, message)
    if (this.waiting.size > MOST) this.waiting.delete(this.waiting.keys().next().value)
  }

  viewed(seq, view) {
    const message = this.waiting.get(seq)
    if (!message || view.state === 'pending') return
    this.waiting.delete(seq)
    this.now({ ...message, view })
  }

  removed(seq) {
    this.waiting.delete(seq)
    this.withdraw(seq)
  }

  now({ seq, author, text, view }) {
    this.tell({ seq, author, text: view?.state === 'ready' ? view.text : text })
  }
}
