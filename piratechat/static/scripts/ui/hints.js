// Hints that do not interrupt the reader: lines below the messages, each with a name.

import { byId, element, handFocus } from '../lib/dom.js'

export class Hints {
  constructor() {
    this.place = element('section', { id: 'hints', role: 'status' })
    byId('notice').after(this.place)
  }

  /**
   * @param {string} name
   * @param {string | false | undefined} text  without it, the line goes
   * @param {{label: string, act: () => void}} [action]  for a button beside the text
   */
  show(name, text, action) {
    const id = /** @type {const} */ (`hint-${name}`)
    const shown = byId(id)
    if (!text && shown) {
      handFocus(shown, byId('log'))
      shown.remove()
    }
    if (!text || shown?.firstChild?.textContent === text) return
    const line = element('p', { id }, element('span', {}, text))
    if (action) {
      const button = element('button', { type: 'button' }, action.label)
      button.addEventListener('click', action.act)
      line.append(button)
    }
    if (shown) shown.replaceWith(line)
    else this.place.append(line)
  }
}
