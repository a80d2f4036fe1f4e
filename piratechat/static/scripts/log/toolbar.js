// The toolbar of a message: a few buttons at its edge, and a menu of all actions.  There is one toolbar for all messages,
// which moves to the hovered, focused or touched one.

import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/**
 * @import { Action } from './actions.js'
 * @import { Message } from '../types.d.ts'
 */

// The actions with their own button.
const QUICK = /** @type {Action[]} */ (['reply', 'react'])
const ICONS = {
  reply: 'M10 5l-6 6 6 6M4 11h10c4 0 6 2 6 7',
  react: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M8.5 14.5c2 2.5 5 2.5 7 0M9 9.5v.01M15 9.5v.01',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
}

/** @type {Record<Action, () => string>} */
const LABELS = {
  reply: () => t('action.reply'),
  react: () => t('action.react'),
  edit: () => t('action.edit'),
  history: () => t('action.history'),
  aside: () => t('action.aside'),
  copy: () => t('action.copy'),
  link: () => t('action.link'),
  who: () => t('action.who'),
  pin: () => t('action.pin'),
  unpin: () => t('action.unpin'),
  hide: () => t('action.hide'),
  remove: () => t('action.remove'),
  restore: () => t('action.restore'),
  keepRemoved: () => t('action.keep_removed'),
  erase: () => t('action.erase'),
}

export class Toolbar {
  /** @type {number | null} */
  seq = null

  /**
   * @param {import('./log.js').Log} log
   * @param {object} options
   * @param {(message: Message) => Action[]} options.actions  what can be done with it
   * @param {(action: Action, message: Message, at: HTMLElement) => void} options.act  `at`: the button that was pressed
   */
  constructor(log, { actions, act }) {
    this.log = log
    this.actions = actions
    this.act = act
    /** @type {HTMLElement} */
    this.bar = element('div', { class: 'actions', role: 'toolbar', 'aria-label': t('action.label') })
    /** @type {HTMLElement} */
    this.menu = element('dialog', { id: 'message-menu', popover: 'auto', 'aria-label': t('action.label') })
    document.querySelector('main')?.append(this.menu)
    log.list.classList.add('with-toolbar')
    for (const way of ['pointerover', 'focusin']) log.list.addEventListener(way, (event) => this.follow(event))
    for (const place of [this.bar, this.menu]) place.addEventListener('click', (event) => this.press(event))
  }

  get message() { return this.seq === null ? undefined : this.log.messages.get(this.seq) }

  // A touch may be the beginning of scrolling; a touched message gets the focus (peek.js).
  /** @param {Event & {pointerType?: string}} event */
  follow({ target, pointerType }) {
    if (pointerType === 'touch') return
    const item = /** @type {Element} */ (target).closest('.message')
    // While a menu is open, the toolbar stays at its message.
    if (item && item !== this.bar.parentElement && !this.menu.matches(':popover-open')) this.show(Number(item.dataset.seq))
  }

  /** @param {number} seq */
  show(seq) {
    const message = this.log.messages.get(seq)
    const item = this.log.items.get(seq)
    if (!message || !item) return
    this.seq = seq
    const quick = QUICK.filter((action) => this.actions(message).includes(action))
    this.bar.replaceChildren(...quick.map((action) => this.button(action, ICONS[/** @type {'reply'} */ (action)])), this.more())
    item.append(this.bar)
  }

  /**
   * The message was rendered again, possibly with other elements.
   *
   * @param {number} seq
   */
  shownAgain(seq) {
    if (seq !== this.seq) return
    const focused = this.bar.contains(document.activeElement) ? document.activeElement : null
    this.show(seq)
    if (focused instanceof HTMLElement) {
      const again = this.bar.querySelector(`[data-action="${focused.dataset.action}"]`)
      again?.focus()
    }
  }

  /**
   * @param {Action} action
   * @param {string} icon
   */
  button(action, icon) {
    const made = element('button', { type: 'button', 'data-action': action, title: LABELS[action](), 'aria-label': LABELS[action]() })
    made.append(iconOf(icon))
    return made
  }

  more() {
    const made = element('button', { type: 'button', class: 'more', title: t('action.more'), 'aria-label': t('action.more'), 'aria-haspopup': 'dialog' })
    made.append(iconOf(ICONS.more))
    return made
  }

  /** @param {Event} event */
  press({ target }) {
    const button = /** @type {Element} */ (target).closest('button')
    const { message } = this
    if (!button || !message) return
    if (button.classList.contains('more')) {
      this.open()
      return
    }
    this.menu.hidePopover()
    this.act(/** @type {Action} */ (button.dataset.action), message, button)
  }

  // All actions for the current message.
  open() {
    const { message } = this
    if (!message) return
    this.menu.replaceChildren(...this.actions(message).map((action) => element('button', {
      type: 'button', class: 'row', 'data-action': action }, LABELS[action]())))
    this.menu.showPopover()
    placeAt(this.menu, this.bar)
    this.menu.querySelector('button')?.focus()
  }
}

/**
 * Puts the opened menu next to its button; on a phone style sheets put it at the bottom.
 *
 * @param {HTMLElement} sheet
 * @param {HTMLElement} at
 */
export function placeAt(sheet, at) {
  const { top, bottom, right } = at.getBoundingClientRect()
  const { clientHeight: height, clientWidth: width } = document.documentElement
  const below = bottom + sheet.offsetHeight <= height
  sheet.style.setProperty('--top', `${Math.max(0, below ? bottom : top - sheet.offsetHeight)}px`)
  sheet.style.setProperty('--right', `${Math.max(0, width - right)}px`)
}

/** @param {string} path */
function iconOf(path) {
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  for (const [name, value] of [['class', 'icon'], ['viewBox', '0 0 24 24'], ['aria-hidden', 'true']]) drawing.setAttribute(name, value)
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  line.setAttribute('d', path)
  drawing.append(line)
  return drawing
}
