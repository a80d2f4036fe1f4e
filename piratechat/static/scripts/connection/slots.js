// Limits the number of pages of this browser that have a permanent connection.
//
// Over HTTP/1.1 a browser has six connections to a server for all of its pages.  If permanent connections use all of
// them, nothing can be sent, and no page can be loaded.

// Two connections remain for sending, and for loading pages.
const MOST = 4
// Milliseconds to wait for answers of other pages that have a slot.
const PATIENCE = 300
const SHARED = ['h2', 'h3']

/**
 * @import { Slots } from '../types.d.ts'
 */

// Slots as Web Locks, which the browser releases when a page is closed.
export class LockedSlots {
  /**
   * @param {Pick<LockManager, 'request'>} locks  which only secure pages have
   * @param {number} most
   */
  constructor(locks, most = MOST) {
    this.locks = locks
    this.most = most
    /** @type {(() => void) | null} */
    this.release = null
    /** @type {Promise<boolean> | null} */
    this.taking = null
  }

  // Resolves to whether this page has a slot.
  take() {
    this.taking ??= this.search().finally(() => { this.taking = null })
    return this.taking
  }

  leave() {
    this.release?.()
    this.release = null
  }

  async search() {
    for (let number = 1; this.release === null && number <= this.most; number++) await this.tryPlace(number)
    return this.release !== null
  }

  /**
   * @param {number} number
   * @returns {Promise<void>}
   */
  tryPlace(number) {
    return new Promise((done) => {
      // The lock is held until the returned promise resolves.
      this.locks.request(`piratechat:connection:${number}`, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise((release) => { this.release = () => release(undefined); done() })
        return done()
      }).catch(() => done())
    })
  }
}

// Slots that pages negotiate by messages: a page asks for one, and each page with a slot answers.  If several pages ask
// at the same time, the one with the smallest number takes precedence.
export class AgreedSlots {
  /**
   * @param {Pick<BroadcastChannel, 'postMessage' | 'onmessage'>} channel
   * @param {object} options
   * @param {number} [options.most]
   * @param {number} [options.number]  this page's
   * @param {(milliseconds: number) => Promise<unknown>} [options.wait]
   */
  constructor(channel, { most = MOST, number = crypto.getRandomValues(new Uint32Array(1))[0], wait = sleep } = {}) {
    this.channel = channel
    this.most = most
    this.number = number
    this.wait = wait
    this.has = false
    /** @type {Set<number>} those who asked just now */
    this.asking = new Set()
    /** @type {Set<number> | null} while we ask: those who have a place, or go before us */
    this.others = null
    /** @type {Promise<boolean> | null} */
    this.taking = null
    channel.onmessage = ({ data }) => this.hear(data)
  }

  take() {
    this.taking ??= this.search().finally(() => { this.taking = null })
    return this.taking
  }

  leave() {
    this.has = false
  }

  async search() {
    if (this.has) return true
    this.others = new Set(this.asking)
    this.channel.postMessage({ ask: this.number })
    await this.wait(PATIENCE)
    this.has = this.others.size < this.most
    this.others = null
    return this.has
  }

  /** @param {{ask?: number, answer?: number, from?: number}} data */
  hear({ ask, answer, from }) {
    if (ask !== undefined) this.asked(ask)
    if (answer === this.number && from !== undefined) this.others?.add(from)
  }

  /** @param {number} number */
  async asked(number) {
    if (this.has || (this.others && this.number < number)) this.channel.postMessage({ answer: number, from: this.number })
    this.asking.add(number)
    await this.wait(PATIENCE)
    this.asking.delete(number)
  }
}

// If pages cannot be counted, no permanent connection is opened.
/** @type {Slots} */
const NO_PLACES = { take: async () => false, leave: () => {} }

/**
 * @param {Pick<typeof globalThis, 'navigator' | 'BroadcastChannel'>} window
 * @returns {Slots}
 */
function countedBy({ navigator, BroadcastChannel }) {
  if (navigator.locks) return new LockedSlots(navigator.locks)
  if (BroadcastChannel) return new AgreedSlots(new BroadcastChannel('piratechat:connections'))
  return NO_PLACES
}

/**
 * The slots for a page.
 *
 * @param {Pick<typeof globalThis, 'navigator' | 'BroadcastChannel' | 'performance'>} window
 * @returns {Slots}
 */
export function slotsOf(window) {
  const places = countedBy(window)
  // Over HTTP/2 and later all pages share one connection, so there is no limit.
  const isShared = () => loaded().some(({ nextHopProtocol }) => SHARED.includes(nextHopProtocol))
  const loaded = () => /** @type {PerformanceResourceTiming[]} */ (window.performance.getEntries())
  return {
    take: async () => isShared() || places.take(),
    leave: () => places.leave(),
  }
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds))
}
