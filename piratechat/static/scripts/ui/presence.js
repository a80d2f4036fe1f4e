// Who is here, and who is typing.

import { element } from '../lib/dom.js'
import { text as t, textParts } from '../lib/texts.js'

const TYPING = 4000     // milliseconds for which a sign of typing is shown

export class Presence {
  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} typing
   * @param {HTMLElement} [count]
   */
  constructor(list, typing, count) {
    this.list = list
    this.typing = typing
    this.count = count
    /** @type {Map<string, HTMLElement>} */
    this.items = new Map()
    /** @type {Map<string, number>} */
    this.typists = new Map()
  }

  get names() { return this.items.keys() }

  /** @param {string[]} names */
  set(names) {
    this.items.clear()
    this.list.replaceChildren()
    this.change({ joined: names })
  }

  /**
   * One name at a time: there may be thousands.
   *
   * @param {{joined?: string[], left?: string[]}} names
   */
  change({ joined = [], left = [] }) {
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
    if (this.count) this.count.textContent = String(this.items.size)
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
