// The list of the rooms that this browser has visited, with the number of unread messages and a button to forget each room.

import { isolated } from '../lib/bidi.js'
import { element } from '../lib/dom.js'
import { plural, text as t } from '../lib/texts.js'

// Number of rooms that are shown initially.
const SHOWN = 6

/** @import { MyRoom } from './my_rooms.js' */

export class RoomList {
  /**
   * @param {HTMLElement} place  is hidden while there are none
   * @param {(room: string) => Promise<void>} forget
   */
  constructor(place, forget) {
    this.place = place
    this.items = /** @type {HTMLElement} */ (place.querySelector('ul'))
    this.forget = forget
    this.most = SHOWN
    /** @type {MyRoom[]} */
    this.rooms = []
  }

  /** @param {MyRoom[]} rooms */
  show(rooms) {
    this.rooms = rooms
    const more = rooms.length > this.most && this.more()
    this.items.replaceChildren(...rooms.slice(0, this.most).map((one) => this.item(one)), ...(more ? [more] : []))
    this.place.hidden = !rooms.length
  }

  /** @param {MyRoom} room */
  item({ room, url, title, unread }) {
    const button = element('button', { type: 'button', class: 'forget', 'aria-label': t('rooms.forget_label', { title: isolated(title) }) }, t('rooms.forget'))
    const item = element('li', {},
      element('a', { href: url }, element('bdi', {}, title), unread > 0 && ' ',
        unread > 0 && element('small', { class: 'unread' }, plural('rooms.unread', unread))),
      button)
    button.addEventListener('click', () => this.ask(item, room, title))
    return item
  }

  /**
   * Deleted data of a room cannot be restored.
   *
   * @param {HTMLElement} item
   * @param {string} room
   * @param {string} title
   */
  ask(item, room, title) {
    const [yes, no] = [t('rooms.forget'), t('rooms.keep')].map((label) => element('button', { type: 'button' }, label))
    yes.addEventListener('click', async () => {
      await this.forget(room)
      this.show(this.rooms.filter((one) => one.room !== room))
      this.items.querySelector('a')?.focus()
    })
    no.addEventListener('click', () => {
      this.show(this.rooms)
      this.items.querySelectorAll('a')[this.rooms.findIndex((one) => one.room === room)]?.focus()
    })
    item.replaceChildren(element('p', { role: 'alert' }, t('rooms.forget_explained', { title: isolated(title) })), yes, no)
    no.focus()
  }

  more() {
    const button = element('button', { type: 'button' }, t('rooms.more'))
    button.addEventListener('click', () => {
      const at = this.most
      this.most = Infinity
      this.show(this.rooms)
      this.items.querySelectorAll('a')[at]?.focus()
    })
    return element('li', {}, button)
  }
}
