// The list of the browser's other rooms: in a column next to the room in a wide window, otherwise in a sheet.
//
// start.js reserves its place before the first paint: it sets `data-rooms` and `--rooms` in the same way.

import { byId, element } from '../lib/dom.js'
import { OF_ROOMS } from '../lib/storage.js'
import { plural } from '../lib/texts.js'

/** @import { MyRoom, MyRooms } from './my_rooms.js' */

// The same width as in bones.css.
const WIDE = '(min-width: 68.75rem)'
// The keys of stored data that the list shows.
const LISTED = new Set([OF_ROOMS.rooms, OF_ROOMS.seen])
// Larger numbers are not counted, because there is little space.
const MOST = 99
/** @type {Record<string, 1 | -1>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 }
const titles = new Intl.Collator()

export class Switcher {
  /** What is shown. */
  shown = ''
  /**
   * The element that had the focus before the list.
   *
   * @type {Element | null}
   */
  before = null

  /**
   * @param {string} room  the one that this window shows
   * @param {MyRooms} rooms
   */
  constructor(room, rooms) {
    this.room = room
    this.rooms = rooms
    this.place = byId('rooms')
    this.items = /** @type {HTMLElement} */ (this.place.querySelector('ul'))
    this.place.addEventListener('keydown', (event) => this.press(event))
    this.wide = matchMedia(WIDE)
    this.wide.addEventListener('change', () => this.place.hidePopover())
    // Other windows store much else, at every keystroke.
    window.addEventListener('storage', ({ key }) => { if (key === null || LISTED.has(key)) this.show() })
    window.addEventListener('pageshow', ({ persisted }) => { if (persisted) this.show() })
  }

  get isShown() { return document.documentElement.dataset.rooms !== undefined }

  show() {
    const rooms = inPlace(this.rooms.list())
    const { dataset, style } = document.documentElement
    if (rooms.some(({ room }) => room !== this.room)) dataset.rooms = ''
    else delete dataset.rooms
    style.setProperty('--rooms', String(rooms.length))
    if (!this.isShown && this.place.matches(':popover-open')) this.place.hidePopover()
    const text = JSON.stringify(rooms)
    if (text === this.shown) return
    this.shown = text
    const focused = this.links().find((link) => link.matches(':focus'))?.getAttribute('href')
    this.items.replaceChildren(...rooms.map((one) => this.item(one)))
    if (focused) (this.links().find((link) => link.getAttribute('href') === focused) ?? this.links()[0])?.focus()
  }

  /** @param {MyRoom} room */
  item({ room, url, title, unread }) {
    const isHere = room === this.room
    const isNew = unread > 0 && !isHere
    return element('li', {}, element('a', { href: url, title, 'aria-current': isHere && 'page' },
      element('bdi', {}, title),
      isNew && element('small', { class: 'unread', 'aria-hidden': 'true' }, unread > MOST ? `${MOST}+` : String(unread)),
      isNew && element('span', { class: 'unseen' }, ' ', plural('rooms.unread', unread))))
  }

  links() {
    return [...this.items.querySelectorAll('a')]
  }

  // Moves the focus to the list.
  go() {
    this.before = document.activeElement
    if (!this.wide.matches) this.place.showPopover()
    const links = this.links()
    ;(links.find((link) => link.ariaCurrent) ?? links[0])?.focus()
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key, ctrlKey, metaKey, altKey } = event
    if (ctrlKey || metaKey || altKey) return
    // The browser closes sheets, and restores the focus, automatically.
    if (key === 'Escape' && !this.place.matches(':popover-open')) {
      event.preventDefault()
      const { before } = this
      if (before instanceof HTMLElement && before.isConnected && before !== document.body && !this.place.contains(before)) before.focus()
      else byId('log').focus()
    }
    const links = this.links()
    const at = links.findIndex((link) => link.matches(':focus'))
    if (at < 0 || !Object.hasOwn(STEPS, key)) return
    event.preventDefault()
    links.at((at + STEPS[key]) % links.length)?.focus()
  }
}

/**
 * Sorted by title, so that positions do not depend on the last visit.
 *
 * @param {MyRoom[]} rooms
 */
export function inPlace(rooms) {
  return [...rooms].sort((one, other) => titles.compare(one.title, other.title) || (one.room < other.room ? -1 : 1))
}
