// @ts-check
// What a reader may want to know while everything goes on: lines below the messages, each under a name.

import { byId, element } from './dom.js'

export class Hints {
  constructor() {
    this.place = element('section', { id: 'hints', role: 'status' })
    byId('notice').after(this.place)
  }

  /**
   * Without `text` the line goes.
   *
   * @param {string} name
   * @param {string | null} [text]
   * @param {{label: string, act: () => void}} [action]  for a button beside the text
   */
  show(name, text, action) {
    const id = /** @type {const} */ (`hint-${name}`)
    const shown = byId(id)
    if (!text) shown?.remove()
    if (!text || shown?.firstChild?.textContent === text) return
    const line = element('p', { id }, element('span', {}, text), action && element('button', { type: 'button' }, action.label))
    if (action) line.querySelector('button')?.addEventListener('click', action.act)
    if (shown) shown.replaceWith(line)
    else this.place.append(line)
  }
}
