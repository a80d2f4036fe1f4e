// Messages of this window that the server has not acknowledged.  Pure: the storage and the generator of nonces are
// arguments.
//
// One message is sent at a time, so they are stored in order.  Each keeps its nonce until the log contains it: only the
// nonce shows whether a message was stored.
//
// An entry is `waiting` to be sent; `sent`; `unsure`, if the connection was lost while it was sent; or `failed`: then
// its author has to decide.  `last` is the newest message that was known when it was written, so it can only be stored
// after that one, in a database with the same `epoch`; `at`: the time of writing, in milliseconds since 1970.

import { text as t } from '../lib/texts.js'

/** @import { Entry } from '../types.d.ts' */

// Milliseconds for which the server returns the nonces of our own messages, with a margin.
const TOLD = 55 * 60 * 1000
// Maximum number of entries of closed windows.
const MOST_LEFT = 50

const MAYBE = t('outbox.maybe')
const CLOSED = t('outbox.closed')
const STRANGER = t('outbox.stranger')

// A clock that is not affected when the computer's clock is set.
const moment = () => performance.timeOrigin + performance.now()

export function randomNonce() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export class Outbox {
  /**
   * @param {object} options
   * @param {() => string | null} [options.load]
   * @param {(text: string) => boolean} [options.save]  returns whether it is kept
   * @param {() => string} [options.nonce]
   * @param {() => number} [options.clock]  milliseconds since 1970
   */
  constructor({ load = () => null, save = () => true, nonce = randomNonce, clock = moment } = {}) {
    this.save = save
    this.nonce = nonce
    this.clock = clock
    this.entries = restored(load())
    this.kept = true
  }

  // The serialized entries, or "" if there are none.
  get text() { return this.entries.length ? JSON.stringify(this.entries) : '' }

  get unsure() { return this.entries.filter(({ state }) => state === 'unsure') }

  /**
   * @param {string} text
   * @param {number} last  the newest message
   * @param {object} [options]
   * @param {string} [options.lang]  what it is written in, if its author said so
   * @param {number} [options.replyTo]  the message that it answers
   * @param {string} [options.epoch]  the database that `last` and `replyTo` are of
   */
  add(text, last, { lang, replyTo, epoch } = {}) {
    /** @type {Entry} */
    const entry = { nonce: this.nonce(), text, last, lang, replyTo, epoch, at: this.clock(), state: 'waiting', notBefore: 0 }
    this.entries.push(entry)
    this.keep()
    return entry
  }

  /**
   * Takes over the entries of a closed window.
   *
   * @param {string | null} text  what it kept
   */
  adopt(text) {
    const ours = new Set(this.entries.map(({ nonce }) => nonce))
    for (const entry of restored(text).slice(-MOST_LEFT)) {
      if (ours.has(entry.nonce)) continue
      this.entries.push(entry.state === 'failed' ? entry : { ...entry, state: 'unsure', left: true })
    }
    this.keep()
  }

  /**
   * The serialized entries, including those of other closed windows.
   *
   * @param {string | null} text
   */
  joinedWith(text) {
    const ours = new Set(this.entries.map(({ nonce }) => nonce))
    const others = restored(text).filter(({ nonce }) => !ours.has(nonce))
    return JSON.stringify([...others, ...this.entries].slice(-MOST_LEFT))
  }

  /**
   * The entry to send now, or null.
   *
   * @param {number} now  seconds
   */
  next(now) {
    const first = this.entries.find(({ state }) => state !== 'failed')
    return first?.state === 'waiting' && first.notBefore <= now ? first : null
  }

  /** @param {string} nonce */
  sent(nonce) {
    this.change(nonce, { state: 'sent' })
  }

  /**
   * If the message is one of ours, removes its entry, and returns it.
   *
   * @param {{nonce?: string}} message
   */
  settle({ nonce }) {
    const ours = nonce ? this.entries.find((entry) => entry.nonce === nonce) : undefined
    if (ours) this.drop(ours.nonce)
    return ours ?? null
  }

  /**
   * All messages since these `entries` have been checked, so those that are still unsure were not stored.
   *
   * @param {Entry[]} entries
   */
  looked(entries) {
    for (const entry of entries) {
      if (entry.state !== 'unsure') continue
      const age = this.clock() - entry.at
      if (!(age >= 0 && age < TOLD)) Object.assign(entry, failed(MAYBE))
      else if (entry.left) Object.assign(entry, failed(CLOSED))
      else entry.state = 'waiting'
    }
    this.keep()
  }

  // It is unknown whether they were stored.
  doubt() {
    for (const entry of this.unsure) Object.assign(entry, failed(MAYBE))
    this.keep()
  }

  // The visitor of this browser has changed.
  disown() {
    for (const entry of this.entries) {
      if (entry.state !== 'failed') Object.assign(entry, failed(entry.state === 'waiting' ? STRANGER : MAYBE))
    }
    this.keep()
  }

  /**
   * The server has rejected the message: its author has to decide.
   *
   * @param {string} nonce
   * @param {string} reason
   */
  fail(nonce, reason) {
    this.change(nonce, failed(reason))
  }

  /**
   * The server has rejected the message temporarily: it is sent again later, before all later messages.
   *
   * @param {string} nonce
   * @param {number} notBefore  seconds
   */
  hold(nonce, notBefore) {
    this.change(nonce, { state: 'waiting', notBefore })
  }

  /** @param {string} nonce */
  again(nonce) {
    this.change(nonce, { state: 'waiting', reason: undefined, notBefore: 0 })
  }

  /** @param {string} nonce */
  drop(nonce) {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce)
    this.keep()
  }

  // The connection was lost: messages that were being sent may have arrived.
  lost() {
    for (const entry of this.entries) if (entry.state === 'sent') entry.state = 'unsure'
    this.keep()
  }

  /**
   * @param {string} nonce
   * @param {Partial<Entry>} changes
   */
  change(nonce, changes) {
    const entry = this.entries.find((one) => one.nonce === nonce)
    if (entry) Object.assign(entry, changes)
    this.keep()
  }

  keep() {
    this.kept = this.save(this.text)
  }
}

/**
 * @param {string} reason
 * @returns {Partial<Entry>}
 */
function failed(reason) {
  return { state: 'failed', reason, left: undefined }
}

/**
 * @param {string | null} text
 * @returns {Entry[]}
 */
function restored(text) {
  try {
    return JSON.parse(text || '[]').map((/** @type {Entry} */ entry) => ({
      ...entry, state: entry.state === 'sent' ? 'unsure' : entry.state, notBefore: 0,
    }))
  } catch {
    return []
  }
}
