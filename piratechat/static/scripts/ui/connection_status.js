// Shows the state of the connection, and why messages are delayed.

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
    // An offline copy was shown because the server was unreachable: the state is offline until it can be reached.
    const shown = document.documentElement.dataset.kept && state !== 'connected' ? 'offline' : state
    // Empty while the connection works.  The element always exists, because screen readers do not announce new live regions.
    this.place.textContent = shown === 'connected' ? '' : STATES[shown]
    this.place.dataset.state = shown
    const { delay } = this.transports
    if (state === 'connected') this.hints.show('delay', delay ? DELAYS[delay] : false)
  }
}
