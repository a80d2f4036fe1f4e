// Announces new messages to screen readers, each once: no older messages, and no later translations.  Also announces the
// results of actions that are otherwise only visible.

import { element } from '../lib/dom.js'

// Invisible, but available to screen readers; properties are set individually because of the Content-Security-Policy.
const UNSEEN = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' }
// Number of messages that remain, to be read again.
const KEPT = 5

export class Announcer {
  constructor() {
    this.place = element('div', { id: 'announcer', 'aria-live': 'polite', 'aria-relevant': 'additions' })
    Object.assign(this.place.style, UNSEEN)
    document.body.append(this.place)
  }

  /** @param {import('../types.d.ts').News} news */
  say({ seq, author, text, lang }) {
    this.add(element('p', { 'data-seq': seq }, element('bdi', {}, author), ': ', element('bdi', { lang }, text)))
  }

  /**
   * The translation has changed, which is not announced.
   *
   * @param {import('../types.d.ts').News} news
   */
  update({ seq, text, lang }) {
    const line = this.place.querySelector(`[data-seq="${seq}"] > bdi:last-child`)
    if (line) line.replaceWith(element('bdi', { lang }, text))
  }

  /** @param {string} text */
  tell(text) { this.add(element('p', {}, text)) }

  /** @param {HTMLElement} line */
  add(line) {
    this.place.append(line)
    while (this.place.children.length > KEPT) this.place.firstElementChild?.remove()
  }

  /**
   * The message was removed, so it must not be readable here either.
   *
   * @param {number} seq
   */
  withdraw(seq) {
    this.place.querySelector(`[data-seq="${seq}"]`)?.remove()
  }
}
