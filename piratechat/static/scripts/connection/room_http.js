// The room over HTTP.

/** @import { Message } from '../types.d.ts' */

export class RoomHttp {
  /**
   * @param {string} url  the path of the room
   * @param {() => string} view  the translator that it is read through
   * @param {string} [epoch]  the database that the page is of
   */
  constructor(url, view, epoch) {
    this.url = url
    this.epoch = epoch
    this.view = view
  }

  /**
   * The URL of the room, or of the path `below` it, with this query.
   *
   * @param {Record<string, number | string | null>} query
   */
  address(query, below = '') {
    const values = Object.entries(query).map(([name, value]) => [name, String(value)])
    return `${this.url}${below}?${new URLSearchParams([...values, ['as', this.view()]])}`
  }

  /**
   * Also rejects if the messages are from another database, after a back-up was restored.
   *
   * @param {Record<string, number | null>} query
   * @returns {Promise<Message[]>}  ascending
   */
  messages(query) { return this.fetch(query, '/messages') }

  // The pinned messages, in the order of pinning.
  pinned() { return this.fetch({}, '/pinned') }

  /**
   * @param {Record<string, number | null>} query
   * @param {string} below
   * @returns {Promise<Message[]>}
   */
  async fetch(query, below) {
    const as = this.view()
    const answer = await fetch(this.address(query, below), { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`messages: ${answer.status}`)
    const { epoch, messages } = await answer.json()
    if (epoch !== this.epoch) throw new Error(`messages of another database: ${epoch}`)
    if (as === this.view()) return messages
    // The reader has switched to another translator meanwhile.
    return messages.map((/** @type {Message} */ message) => (message.removed || message.erased ? message : { ...message, view: { as: this.view(), state: 'pending' } }))
  }
}
