// What only the owner of the room has: the panel, and removing and restoring messages.

import { byId, tell } from '../lib/dom.js'
import { Panel } from './panel.js'
import { Undo } from './undo.js'
import { text as t } from '../lib/texts.js'

/** @import { Command, Page } from '../types.d.ts' */

export class Owner {
  /**
   * @param {HTMLElement} main
   * @param {object} options
   * @param {Page} options.page
   * @param {import('../log/log.js').Log} options.log
   * @param {(command: Command) => Promise<void> | null} options.ask  null if there is no connection
   */
  constructor(main, { page, log, ask }) {
    this.page = page
    this.log = log
    this.ask = ask
    this.panel = new Panel(byId('owner'), {
      page,
      ask,
      fetchModerationLog: () => this.fetch('log'),
    })
    this.undo = new Undo(byId('undo'), (seq) => this.putBack(seq))
    this.before = false
    main.addEventListener('submit', (event) => this.submit(event))
    // What a details element does does not bubble.
    log.list.addEventListener('toggle', ({ target }) => this.opened(/** @type {HTMLDetailsElement} */ (target)), { capture: true })
  }

  // Without a connection forms go their own way.
  /** @param {SubmitEvent} event */
  submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const what = /** @type {const} */ (['remove', 'restore']).find((one) => form.classList.contains(one))
    const seq = Number(form.closest('.message')?.dataset.seq)
    if (what && seq && this.change(what, seq)) event.preventDefault()
  }

  /**
   * @param {'remove' | 'restore'} what
   * @param {number} seq
   */
  change(what, seq) {
    return this.ask({ type: what, seq })?.then(
      () => { if (what === 'remove') this.undo.offer(seq) },
      ({ message }) => tell(byId('notice'), message))
  }

  /** @param {number} seq */
  putBack(seq) {
    const item = this.log.items.get(seq)
    if (item) {
      item.tabIndex = -1
      item.focus({ preventScroll: true }) // the button under their finger is gone
    }
    if (!this.change('restore', seq)) tell(byId('notice'), t('owner.not_connected'))
  }

  /**
   * The words of a message that was removed where we could not see it.
   *
   * @param {HTMLDetailsElement} details
   */
  async opened(details) {
    if (!details.open || !details.classList.contains('words')) return
    const seq = Number(details.closest('.message')?.dataset.seq)
    const message = this.log.messages.get(seq)
    if (!message || message.text || message.removed_text) return
    try {
      this.log.change(seq, await this.fetch(`messages/${seq}`))
      this.log.items.get(seq)?.querySelector('.words')?.setAttribute('open', '')
    } catch { /* it can be opened again */ }
  }

  /** @param {string} path  below the room's */
  async fetch(path) {
    const answer = await fetch(`${this.page.url}/${path}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }

  // ---- what comes in

  /**
   * What was done while there was no connection is not told again.
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
