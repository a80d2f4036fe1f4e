// What was said here and is not known to be on the server's disk.  Pure: where it
// is kept and how nonces are made is given to it.
//
// One message is under way at a time, so what was said first is stored first.
// Each keeps its nonce until the log has it: only the nonce tells what was stored.
//
// An entry is `waiting` to be sent; `sent`; `unsure`, if the connection broke while it was sent; or `failed`: then
// its author has to decide.  `last` is the newest message known when it was said, so it can only be stored after
// that one, as long as the database is of the same `epoch`; `at`: when it was said, in milliseconds since 1970.

import { text as t } from '../lib/texts.js'

/** @import { Entry } from '../types.d.ts' */

// Milliseconds for which the server tells us the nonces of our own messages: a little less than it does.
const TOLD = 55 * 60 * 1000
// Entries of windows that were closed, at most.
const MOST_LEFT = 50

const MAYBE = t('outbox.maybe')
const CLOSED = t('outbox.closed')
const STRANGER = t('outbox.stranger')

// A computer's clock may be set, but not while a page is open.
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

  // The entries as they are kept: "" if there are none.
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
   * Takes up what a window left that was closed.
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
   * The entries as they are kept, together with what other windows left.
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
   * If a message of the log is one of ours it is done, and returned.
   *
   * @param {{nonce?: string}} message
   */
  settle({ nonce }) {
    const ours = nonce ? this.entries.find((entry) => entry.nonce === nonce) : undefined
    if (ours) this.drop(ours.nonce)
    return ours ?? null
  }

  /**
   * All messages since these have been looked at: those that are still here are not stored.
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

  // Whether they are stored cannot be found out.
  doubt() {
    for (const entry of this.unsure) Object.assign(entry, failed(MAYBE))
    this.keep()
  }

  // Their author has become another visitor, or another visitor is here.
  disown() {
    for (const entry of this.entries) {
      if (entry.state !== 'failed') Object.assign(entry, failed(entry.state === 'waiting' ? STRANGER : MAYBE))
    }
    this.keep()
  }

  /**
   * Refused: it waits for its author.
   *
   * @param {string} nonce
   * @param {string} reason
   */
  fail(nonce, reason) {
    this.change(nonce, failed(reason))
  }

  /**
   * Refused for now: it goes again by itself, and what came after it waits too.
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

  // The connection broke: what was under way may have arrived.
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
