// Shows the outbox below the log: pending until acknowledged, or why it failed.

import { coinOf } from '../lib/author.js'
import { byId, element } from '../lib/dom.js'
import { said } from '../log/message.js'
import { text as t } from '../lib/texts.js'

/** @import { Entry, Page } from '../types.d.ts' */

export class Unsent {
  /** @type {string | undefined} */
  shown
  /** @type {Set<string> | undefined} */
  known

  /**
   * @param {HTMLElement} list
   * @param {object} options
   * @param {Page} options.page
   * @param {import('../log/motion.js').Motion} options.motion
   * @param {(nonce: string) => void} options.onAgain
   * @param {(nonce: string) => void} options.onDrop
   */
  constructor(list, { page, motion, onAgain, onDrop }) {
    this.list = list
    this.page = page
    this.motion = motion
    this.onAgain = onAgain
    this.onDrop = onDrop
  }

  /**
   * @param {Entry[]} entries
   * @param {boolean} goesOn  whether the newest message of the log is ours, and recent
   */
  show(entries, goesOn) {
    // Elements are replaced only if they have changed, so that a button that is being pressed remains.
    const shown = JSON.stringify([this.page.you, entries, goesOn])
    if (shown === this.shown) return
    this.shown = shown
    const focused = document.activeElement
    const [nonce, kind] = this.list.contains(focused) ? [focused?.closest('li')?.dataset.nonce, focused?.className] : []
    const items = entries.map((entry, number) => this.item(entry, goesOn || number > 0))
    this.list.replaceChildren(...items)
    if (nonce) this.refocus(nonce, kind ?? '')
    // Messages from before the page was loaded are not new.
    if (this.known) for (const [number, one] of entries.entries()) if (!this.known.has(one.nonce)) this.motion.rise(items[number])
    this.known = new Set(entries.map((one) => one.nonce))
  }

  /**
   * The previous button may have been removed.
   *
   * @param {string} nonce
   * @param {string} kind
   */
  refocus(nonce, kind) {
    const item = [...this.list.children].find((one) => /** @type {HTMLElement} */ (one).dataset.nonce === nonce)
    const button = [...item?.querySelectorAll('button') ?? []].find(({ className }) => className === kind)
    const place = button ?? byId('log')
    place.focus({ preventScroll: true })
  }

  /**
   * @param {Entry} entry
   * @param {boolean} again  whether it goes on what was said above
   */
  item(entry, again) {
    const failed = entry.state === 'failed'
    const kinds = ['message own', failed ? 'failed' : 'pending', again && 'again']
    return element('li', { class: kinds.filter(Boolean).join(' '), 'data-nonce': entry.nonce,
      ...(this.page.you && coinOf(this.page.you)) },
      element('p', { class: 'head' }, element('b', { class: 'author' }, element('bdi', {}, this.page.you ?? ''))),
      said(entry.text),
      element('p', { class: this.isBrief(entry) ? 'note brief' : 'note' }, failed ? entry.reason : this.waitsFor(entry)),
      failed && this.button('again', t('outbox.try_again'), () => this.onAgain(entry.nonce)),
      failed && this.button('drop', t('outbox.discard'), () => this.onDrop(entry.nonce)))
  }

  // Whether to show that a message is being sent: not during the short time that it takes normally.
  /** @param {Entry} entry */
  isBrief(entry) { return entry.state !== 'failed' && !entry.notBefore && this.page.you !== undefined }

  /** @param {Entry} entry */
  waitsFor(entry) {
    if (this.page.you === undefined) return t('outbox.needs_name')
    return entry.notBefore ? t('outbox.queued') : t('room.not_sent')
  }

  /**
   * @param {string} kind
   * @param {string} label
   * @param {() => void} act
   */
  button(kind, label, act) {
    const button = element('button', { type: 'button', class: kind }, label)
    button.addEventListener('click', act)
    return button
  }
}
