// The panel of the room's owner.

import { byId } from '../lib/dom.js'
import { Panel } from './panel.js'

/** @import { Command, Page } from '../types.d.ts' */

export class Owner {
  /**
   * @param {object} options
   * @param {Page} options.page
   * @param {(command: Command) => Promise<void> | null} options.ask  null if there is no connection
   */
  constructor({ page, ask }) {
    this.page = page
    this.panel = new Panel(byId('owner'), {
      page,
      ask,
      fetchModerationLog: () => this.fetch('log'),
    })
    this.before = false
  }

  /** @param {string} path  below the room's */
  async fetch(path) {
    const answer = await fetch(`${this.page.url}/${path}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }

  // ---- events

  /**
   * Marks the panel as outdated after a reconnection, because missed entries are not sent.
   *
   * @param {string[]} present
   */
  welcomed(present) {
    if (this.before) this.panel.outdated()
    this.before = true
    this.met(present)
  }

  /** @param {string[]} names */
  met(names) {
    for (const name of names) this.panel.know(name)
  }
}
