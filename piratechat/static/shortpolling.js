// A SockJS session that holds no connection: it fetches what is there, and comes back later.
//
// To each request the server has something to say at once, because something that it
// answers at once was sent before.  The session lives on in between: the server keeps
// one for five seconds after a request.

import { randomNonce } from './outbox.js'

// Seconds between two requests: short while something goes on, longer while nothing does.
const SHORTEST = 0.5
const LONGEST = 3
// Seconds that a request may take.
const PATIENCE = 10
// Messages in one request.
const MOST = 50

const timer = {
  after: (seconds, callback) => setTimeout(callback, seconds * 1000),
  cancel: (id) => clearTimeout(id),
}

export class ShortPolling {
  // `base`: the base URL of the service; `question`: what the server answers at once, which this sends by itself.
  constructor(base, question, { fetch = (...request) => window.fetch(...request), clock = timer, report = (error) => window.reportError(error) } = {}) {
    Object.assign(this, { question, fetch, clock, report })
    this.url = `${base}/000/${randomNonce()}`
    this.queue = []
    this.pause = SHORTEST
    this.opened = false
    this.stop = new AbortController()
    this.run()
  }

  send(text) {
    this.queue.push(text)
    this.pause = SHORTEST
    this.wake?.()
  }

  // Nothing is called back after it.
  close() {
    this.stop.abort()
    this.wake?.()
  }

  get closed() { return this.stop.signal.aborted }

  async run() {
    try {
      await this.receive()
      while (!this.closed) {
        const messages = this.queue.splice(0, MOST)
        await this.request('xhr_send', JSON.stringify([...messages, this.question]))
        await this.receive()
        if (!this.queue.length) await this.rest()
      }
    } catch (error) {
      this.end(error instanceof Closed ? error : new Closed(this.opened ? 1006 : 1002, String(error)))
    }
  }

  // Until it is time, or there is something to send.
  async rest() {
    await new Promise((done) => {
      this.wake = done
      this.timer = this.clock.after(this.pause, done)
    })
    this.clock.cancel(this.timer)
    this.pause = Math.min(2 * this.pause, LONGEST)
  }

  async receive() {
    const frame = (await this.request('xhr')).trim()
    const content = frame.length > 1 ? JSON.parse(frame.slice(1)) : null
    if (frame === 'o') {
      this.opened = true
      this.call('onopen')
    } else if (frame === 'h') {
      this.call('onheartbeat')
    } else if (frame[0] === 'c') {
      throw new Closed(...content, true)
    } else if (frame[0] === 'a') {
      // There was more than the answer to our question: more may follow soon.
      if (content.length > 1) this.pause = SHORTEST
      for (const data of content) this.call('onmessage', { data })
    }
  }

  // Resolves to the text of the answer.
  async request(what, body) {
    const late = this.clock.after(PATIENCE, () => this.end(new Closed(this.opened ? 1006 : 1002, `${what}: no answer`)))
    try {
      const answer = await this.fetch(`${this.url}/${what}`, { method: 'POST', body, signal: this.stop.signal, cache: 'no-store' })
      // The server is there and does not take this: SockJS has this code for that.
      if (!answer.ok) throw new Closed(this.opened ? 1006 : 2000, `${what}: ${answer.status}`)
      return await answer.text()
    } finally {
      this.clock.cancel(late)
    }
  }

  end({ code, reason, wasClean }) {
    if (this.closed) return
    this.close()
    this.onclose?.({ code, reason, wasClean })
  }

  // What goes wrong there does not end the session.
  call(handler, event) {
    try {
      if (!this.closed) this[handler]?.(event)
    } catch (error) {
      this.report(error)
    }
  }
}

class Closed extends Error {
  constructor(code, reason, wasClean = false) {
    super(reason)
    Object.assign(this, { code, reason, wasClean })
  }
}
