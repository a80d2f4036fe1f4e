// @ts-check
// Shows the outbox below the log: pending until acknowledged, or why it failed.

import { element } from './dom.js'
import { hueOf, said } from './message.js'

/** @import { Entry, Page } from './types.d.ts' */

export class Unsent {
  /** @type {string | undefined} */
  shown

  /**
   * @param {HTMLElement} list
   * @param {object} options
   * @param {Page} options.page
   * @param {(nonce: string) => void} options.onAgain
   * @param {(nonce: string) => void} options.onDrop
   */
  constructor(list, { page, onAgain, onDrop }) {
    this.list = list
    this.page = page
    this.onAgain = onAgain
    this.onDrop = onDrop
  }

  /** @param {Entry[]} entries */
  show(entries) {
    // Made again only when it differs: a button under somebody's finger stays.
    const shown = JSON.stringify([this.page.you, entries])
    if (shown === this.shown) return
    this.shown = shown
    this.list.replaceChildren(...entries.map((entry) => this.item(entry)))
  }

  /** @param {Entry} entry */
  item(entry) {
    const failed = entry.state === 'failed'
    return element('li', { class: failed ? 'message own failed' : 'message own pending', 'data-nonce': entry.nonce,
      'data-hue': this.page.you && hueOf(this.page.you) },
      element('p', { class: 'head' }, element('b', { class: 'author' }, element('bdi', {}, this.page.you ?? ''))),
      said(entry.text),
      element('p', { class: 'note' }, failed ? entry.reason : entry.notBefore ? 'waiting for its turn…' : 'not sent yet'),
      failed && this.button('again', 'try again', () => this.onAgain(entry.nonce)),
      failed && this.button('drop', 'throw away', () => this.onDrop(entry.nonce)))
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
