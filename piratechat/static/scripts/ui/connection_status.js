// How the connection is, in a word, and why messages come late.

import { byId } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/** @import { LinkState } from '../types.d.ts' */

const STATES = {
  connecting: t('connection.connecting'),
  reconnecting: t('connection.reconnecting'),
  offline: t('connection.offline'),
}
const DELAYS = { tabs: t('connection.delay_tabs'), network: t('connection.delay_network') }

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
    // Nobody needs to be told that all is well.  It is there all the time: of what appears, screen readers say nothing.
    this.place.textContent = shown === 'connected' ? '' : STATES[shown]
    this.place.dataset.state = shown
    const { delay } = this.transports
    if (state === 'connected') this.hints.show('delay', delay ? DELAYS[delay] : false)
  }
}
