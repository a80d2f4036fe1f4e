// Chooses the transport to try.  Pure: the slots, the storage and the clock are arguments.
//
// A proxy may block WebSockets, or lose their messages.  The transport that works is stored for the browser session, and
// WebSockets are tried again after a while.

/**
 * @import { Choice, Keeper, Slots, Transport } from '../types.d.ts'
 */

/** @type {Transport[]} */
const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling', 'short-polling']
// Transports with a permanent connection: see slots.js.
/** @type {Transport[]} */
const LASTING = ['xhr-streaming', 'eventsource', 'xhr-polling']
const SHORT = TRANSPORTS.length - 1
// Seconds after which a transport that failed is tried again.
const AGAIN = 600

/** @implements {Choice} */
export class Transports {
  /**
   * @param {object} options
   * @param {Slots} options.places
   * @param {Keeper} [options.keeper]
   * @param {() => number} [options.now]  in seconds
   */
  constructor({ places, keeper = { load: () => null, save: () => false }, now = () => Date.now() / 1000 }) {
    this.places = places
    this.keeper = keeper
    this.now = now
    /** @type {number | null} the first transport that may work, by its number; null: ask the keeper */
    this.first = null
    /** @type {Transport | null} */
    this.current = null
    this.crowded = false
  }

  /**
   * Resolves to the transport to try now.
   *
   * @returns {Promise<Transport>}
   */
  async choose() {
    const first = this.first ?? this.load()
    this.first = first
    const wanted = TRANSPORTS[first]
    // All slots are taken, so the network is not the reason.
    this.crowded = LASTING.includes(wanted) && !(await this.places.take())
    this.current = this.crowded ? TRANSPORTS[SHORT] : wanted
    if (!LASTING.includes(this.current)) this.places.leave()
    return this.current
  }

  // Why messages are delayed: "tabs", "network", or null if they are not.
  /** @returns {'tabs' | 'network' | null} */
  get delay() {
    if (this.current !== TRANSPORTS[SHORT]) return null
    return this.crowded ? 'tabs' : 'network'
  }

  // The current transport works.
  worked() {
    if (this.first !== this.load()) this.save()
  }

  // It does not work, although the server can be reached.  Returns whether to try another one immediately.
  failed() {
    if (this.current === TRANSPORTS[SHORT]) {
      this.forget()
      return false
    }
    this.first = (this.first ?? 0) + 1
    return true
  }

  // The server could not be reached, or closed the connection: the transport is not the reason.
  restart() {
    this.first = null
  }

  // The result may differ in another network.
  forget() {
    this.keeper.save('')
    this.first = null
  }

  // Resolves to whether a faster transport than the current one may work now.
  async canImprove() {
    if (this.delay === 'tabs') return this.places.take()
    if (this.delay === null || this.load() !== 0) return false
    this.first = null
    return true
  }

  load() {
    try {
      const { first, until } = JSON.parse(this.keeper.load() ?? '')
      const left = until - this.now() // more if the clock was set back
      return Number.isInteger(first) && first in TRANSPORTS && left > 0 && left <= AGAIN ? first : 0
    } catch {
      return 0
    }
  }

  save() {
    this.keeper.save(this.first ? JSON.stringify({ first: this.first, until: this.now() + AGAIN }) : '')
  }
}
