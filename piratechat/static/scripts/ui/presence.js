// The people who are present, and those who are typing.

import { coinOf } from '../lib/author.js'
import { element } from '../lib/dom.js'
import { plural, text as t, textParts } from '../lib/texts.js'

const TYPING = 4000     // milliseconds for which a typing notification is shown
const COINS = 3         // number of avatars next to the number of people, as in views/room_page.py

export class Presence {
  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} typing
   * @param {HTMLElement} [count]
   * @param {HTMLElement} [pile]  the first of the people, beside their number
   * @param {HTMLElement} [more]  tells how many are not on the list
   */
  constructor(list, typing, count, pile, more) {
    this.list = list
    this.typing = typing
    this.count = count
    this.pile = pile
    this.more = more
    this.first = ''   // the people with avatars, for comparison
    /** @type {Map<string, HTMLElement>} */
    this.items = new Map()
    /** @type {Map<string, number>} */
    this.typists = new Map()
  }

  get names() { return this.items.keys() }

  /**
   * @param {string[]} names  of those who are here, the first of them where it is a crowd
   * @param {number} [here]  how many they are
   */
  set(names, here = names.length) {
    this.items.clear()
    this.list.replaceChildren()
    this.change({ joined: names, here })
  }

  /**
   * Updates single names, because there may be hundreds.  For a crowd the server sends only the number; the list then keeps
   * the names of people who were present.
   *
   * @param {{joined?: string[], left?: string[], here?: number}} changes
   */
  change({ joined = [], left = [], here }) {
    for (const name of left) {
      this.stoppedTyping(name)
      this.items.get(name)?.remove()
      this.items.delete(name)
    }
    for (const name of joined) {
      if (this.items.has(name)) continue
      const item = element('li', {}, element('bdi', {}, name))
      this.items.set(name, item)
      this.list.append(item)
    }
    const unlisted = Math.max(0, (here ?? 0) - this.items.size)
    if (this.count) this.count.textContent = String(here ?? this.items.size)
    if (this.more) {
      this.more.hidden = !unlisted
      this.more.textContent = unlisted ? plural('room.more_here', unlisted) : ''
    }
    this.showCoins()
  }

  showCoins() {
    const first = []
    for (const name of this.items.keys()) if (first.push(name) === COINS) break
    if (!this.pile || first.join('\n') === this.first) return
    this.first = first.join('\n')
    for (const coin of this.pile.querySelectorAll('.coin')) coin.remove()
    this.pile.append(...first.map((name) => element('span', { class: 'coin', ...coinOf(name) })))
  }

  /** @param {string} name */
  startedTyping(name) {
    clearTimeout(this.typists.get(name))
    this.typists.set(name, setTimeout(() => this.stoppedTyping(name), TYPING))
    this.showTyping()
  }

  /** @param {string} name */
  stoppedTyping(name) {
    clearTimeout(this.typists.get(name))
    if (this.typists.delete(name)) this.showTyping()
  }

  showTyping() {
    const [first, second, third, ...more] = [...this.typists.keys()].map((name) => element('bdi', {}, name))
    const shown = !first ? []
      : !second ? textParts('typing.one', { first })
        : !third ? textParts('typing.two', { first, second })
          : !more.length ? textParts('typing.three', { first, second, third })
            : [t('typing.several')]
    this.typing.replaceChildren(...shown)
  }
}
