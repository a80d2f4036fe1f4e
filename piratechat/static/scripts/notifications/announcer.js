// Says new messages to screen readers, each once: not history, and not how it reads after a switch.  Also what was
// done, where only those who see the page would know.

import { element } from '../lib/dom.js'

// Out of sight, and still there for those who listen; set one by one, as the page's policy asks.
const UNSEEN = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' }
// Messages that stay to be read once more.
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
   * It reads otherwise now, which is not said again.
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
   * It was removed: nobody is to read it here once more.
   *
   * @param {number} seq
   */
  withdraw(seq) {
    this.place.querySelector(`[data-seq="${seq}"]`)?.remove()
  }
}
