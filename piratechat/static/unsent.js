// Shows the outbox below the log: pending until acknowledged, or why it failed.

import { element } from './dom.js'
import { hueOf, said } from './message.js'

export class Unsent {
  // `page.you`: our name.  Called back: onAgain(nonce), onDrop(nonce).
  constructor(list, { page, onAgain, onDrop }) {
    Object.assign(this, { list, page, onAgain, onDrop })
  }

  show(entries) {
    // Made again only when it differs: a button under somebody's finger stays.
    const shown = JSON.stringify([this.page.you, entries])
    if (shown === this.shown) return
    this.shown = shown
    this.list.replaceChildren(...entries.map((entry) => this.item(entry)))
  }

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

  button(kind, label, act) {
    const button = element('button', { type: 'button', class: kind }, label)
    button.addEventListener('click', act)
    return button
  }
}
