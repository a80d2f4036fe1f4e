// How the connection is, in a word, and why messages come late.

import { byId, tell } from '../lib/dom.js'

/** @import { LinkState } from '../types.d.ts' */

const STATES = {
  connecting: 'Connecting…', connected: 'Connected', reconnecting: 'Reconnecting…', offline: 'Offline',
}
const DELAYS = {
  tabs: 'Many tabs of this chat are open, so new messages appear here a few seconds late. Close some tabs to speed this up.',
  network: 'This network allows no lasting connection, so new messages appear here a few seconds late.',
}

export class ConnectionStatus {
  /**
   * @param {import('./hints.js').Hints} hints
   * @param {Pick<import('../connection/transports.js').Transports, 'delay'>} transports
   */
  constructor(hints, transports) {
    this.place = byId('connection')
    this.hints = hints
    this.transports = transports
  }

  /** @param {LinkState} state */
  show(state) {
    // A copy was shown because nothing could be reached: it is offline until something is.
    const shown = document.documentElement.dataset.kept && state !== 'connected' ? 'offline' : state
    tell(this.place, STATES[shown])
    this.place.dataset.state = shown
    const { delay } = this.transports
    if (state === 'connected') this.hints.show('delay', delay ? DELAYS[delay] : false)
  }
}
