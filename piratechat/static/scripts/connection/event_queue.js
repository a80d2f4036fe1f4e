// Orders the events of a room: after a gap, missed messages are fetched page by page first, and new events wait.  Pure.

/** @import { Message, ServerEvent } from '../types.d.ts' */

export class EventQueue {
  /**
   * @param {object} options
   * @param {number} options.last  the newest message that is shown
   * @param {(event: ServerEvent) => void} options.apply  shows it
   * @param {(after: number, before: number) => Promise<Message[]>} options.fetchPage  ascending
   * @param {() => void} [options.onFilled]  nothing is missing any more
   * @param {(attempt: number) => Promise<unknown>} options.wait  before another attempt to fetch
   */
  constructor({ last, apply, fetchPage, onFilled = () => {}, wait }) {
    this.last = last
    this.fetchPage = fetchPage
    this.onFilled = onFilled
    this.wait = wait
    this.show = apply
    this.round = 0
    this.filling = false
    /** @type {ServerEvent[]} */
    this.queue = []
  }

  /** @param {ServerEvent} event */
  receive(event) {
    if (this.filling) this.queue.push(event)
    else this.apply(event)
  }

  /**
   * Messages before `before` are missing; events of the connection follow after them.
   *
   * @param {number} before
   */
  async gap(before) {
    const round = ++this.round
    this.filling = true
    for (let attempt = 0; this.last < before - 1;) {
      const from = this.last
      try {
        const page = await this.fetchPage(from, before)
        if (round !== this.round) return
        for (const message of page) this.apply({ type: 'message', ...message })
        attempt = 0
      } catch {
        await this.wait(attempt++)
        if (round !== this.round) return
        continue
      }
      if (this.last === from) break
    }
    this.flush()
  }

  // A new connection requests everything after `last` again, so unfinished fetches are discarded.
  restart() {
    this.round++
    this.filling = false
    this.queue = []
  }

  flush() {
    this.filling = false
    for (const event of this.queue.splice(0)) this.apply(event)
    this.onFilled()
  }

  /** @param {ServerEvent} event */
  apply(event) {
    if (event.type === 'message') this.last = Math.max(this.last, event.seq)
    this.show(event)
  }
}
