// A SockJS session without a permanent connection: it polls for messages.
//
// Each poll is answered immediately, because a message that the server answers is sent before it.  The server keeps the
// session between two polls, for five seconds after a request.

import { randomNonce } from './outbox.js'

// Seconds between two polls: short during activity, longer otherwise.
const SHORTEST = 0.5
const LONGEST = 3
// Timeout of a request in seconds.
const PATIENCE = 10
// Maximum number of messages per request.
const MOST = 50

/**
 * @import { Clock, Ending, Socket } from '../types.d.ts'
 */

/** @type {Omit<Clock<ReturnType<typeof setTimeout>>, 'now'>} */
const timer = {
  after: (seconds, callback) => setTimeout(callback, seconds * 1000),
  cancel: (id) => clearTimeout(id ?? undefined),
}

/** @implements {Socket} */
export class ShortPolling {
  /**
   * @param {string} base  the base URL of the service
   * @param {string} question  what the server answers at once, which this sends by itself
   * @param {object} options
   * @param {(address: string, options: RequestInit) => Promise<Pick<Response, 'ok' | 'status' | 'text'>>} [options.fetch]
   * @param {Omit<Clock<any>, 'now'>} [options.clock]
   * @param {(error: unknown) => void} [options.report]
   */
  constructor(base, question, { fetch = (address, options) => window.fetch(address, options), clock = timer, report = (error) => window.reportError(error) } = {}) {
    this.question = question
    this.fetch = fetch
    this.clock = clock
    this.report = report
    this.url = `${base}/000/${randomNonce()}`
    /** @type {string[]} */
    this.queue = []
    this.pause = SHORTEST
    this.opened = false
    this.stop = new AbortController()
    /** @type {(() => void) | null} ends the pause */
    this.wake = null
    /** @type {Socket['onopen']} */
    this.onopen = null
    /** @type {Socket['onmessage']} */
    this.onmessage = null
    /** @type {Socket['onheartbeat']} */
    this.onheartbeat = null
    /** @type {Socket['onclose']} */
    this.onclose = null
    this.run()
  }

  /** @param {string} text */
  send(text) {
    this.queue.push(text)
    this.pause = SHORTEST
    this.wake?.()
  }

  // No callbacks are called afterwards.
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

  // Waits until the next poll is due, or there is something to send.
  async rest() {
    await new Promise((resolve) => {
      const done = () => resolve(undefined)
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
      this.call(() => this.onopen?.())
    } else if (frame === 'h') {
      this.call(() => this.onheartbeat?.())
    } else if (frame[0] === 'c') {
      throw new Closed(content[0], content[1], true)
    } else if (frame[0] === 'a') {
      // There were other messages than the answer to our own one: more may follow soon.
      if (content.length > 1) this.pause = SHORTEST
      for (const data of content) this.call(() => this.onmessage?.({ data }))
    }
  }

  /**
   * Resolves to the text of the answer.
   *
   * @param {'xhr' | 'xhr_send'} what
   * @param {string} [body]
   */
  async request(what, body) {
    const late = this.clock.after(PATIENCE, () => this.end(new Closed(this.opened ? 1006 : 1002, `${what}: no answer`)))
    try {
      const answer = await this.fetch(`${this.url}/${what}`, { method: 'POST', body, signal: this.stop.signal, cache: 'no-store' })
      // The server has rejected the request, for which SockJS has this code.
      if (!answer.ok) throw new Closed(this.opened ? 1006 : 2000, `${what}: ${answer.status}`)
      return await answer.text()
    } finally {
      this.clock.cancel(late)
    }
  }

  /** @param {Ending} ending */
  end({ code, reason, wasClean }) {
    if (this.closed) return
    this.close()
    this.onclose?.({ code, reason, wasClean })
  }

  /**
   * Errors there do not end the session.
   *
   * @param {() => void} handle
   */
  call(handle) {
    try {
      if (!this.closed) handle()
    } catch (error) {
      this.report(error)
    }
  }
}

class Closed extends Error {
  /**
   * @param {number} code
   * @param {string} reason
   */
  constructor(code, reason, wasClean = false) {
    super(reason)
    this.code = code
    this.reason = reason
    this.wasClean = wasClean
  }
}
