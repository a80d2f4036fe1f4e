// A list of completions above a field, operated by keyboard, mouse or touch.

import { element } from '../lib/dom.js'

const GAP = 4   // pixels between the list and the field, and above the list
const HIGHEST = '17.5rem'   // of the list: part of the log remains visible

/** @typedef {{key: string, content: (Node | string)[]}} Choice  `key`: what tells one from another */

export class CompletionList {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {object} options
   * @param {string} options.id
   * @param {string} options.label
   * @param {(at: number) => void} options.onChoose  called when the list is closed
   */
  constructor(field, { id, label, onChoose }) {
    this.field = field
    this.onChoose = onChoose
    /** @type {Choice[]} */
    this.choices = []
    this.chosen = 0
    /** @type {HTMLElement} */
    this.list = element('ul', { id, class: 'completion', role: 'listbox', 'aria-label': label, popover: 'manual', hidden: true })
    field.after(this.list)
    field.setAttribute('aria-autocomplete', 'list')
    field.addEventListener('blur', () => this.close())
    // The field keeps the focus, and the on-screen keyboard.
    this.list.addEventListener('pointerdown', (event) => event.preventDefault())
    this.list.addEventListener('click', ({ target }) => {
      const at = [...this.list.children].indexOf(/** @type {Element} */ (/** @type {Element} */ (target).closest('li')))
      if (at >= 0) this.choose(at)
    })
  }

  get isOpen() { return this.choices.length > 0 }

  /**
   * Shows these completions; closes the list if there are none.
   *
   * @param {Choice[]} choices
   */
  offer(choices) {
    if (!choices.length) {
      this.close()
      return
    }
    const keys = (/** @type {Choice[]} */ all) => JSON.stringify(all.map(({ key }) => key))
    if (keys(choices) === keys(this.choices)) return
    this.choices = choices
    const { list } = this
    list.replaceChildren(...choices.map(({ content }, at) => element('li', { id: `${list.id}-${at}`, role: 'option' }, ...content)))
    this.mark(0)
    this.show()
  }

  show() {
    const { field, list } = this
    list.hidden = false
    if ('showPopover' in list && !list.matches(':popover-open')) list.showPopover()
    field.setAttribute('aria-controls', list.id)
    const { left, top, width } = field.getBoundingClientRect()
    Object.assign(list.style, {
      left: `${left}px`,
      bottom: `${document.documentElement.clientHeight - top + GAP}px`,
      maxWidth: `${width}px`,
      maxHeight: `min(${top - 2 * GAP}px, ${HIGHEST})`,
    })
  }

  close() {
    if (!this.isOpen) return
    const { field, list } = this
    this.choices = []
    if ('hidePopover' in list && list.matches(':popover-open')) list.hidePopover()
    list.hidden = true
    field.removeAttribute('aria-activedescendant')
    field.removeAttribute('aria-controls')
  }

  /** @param {number} at */
  mark(at) {
    const count = this.choices.length
    this.chosen = (at + count) % count
    for (const [number, item] of [...this.list.children].entries()) item.setAttribute('aria-selected', String(number === this.chosen))
    const item = this.list.children[this.chosen]
    this.field.setAttribute('aria-activedescendant', item.id)
    item.scrollIntoView({ block: 'nearest' })
  }

  /** @param {number} at */
  choose(at) {
    this.close()
    this.onChoose(at)
  }

  /**
   * While the list is open, its keys neither send the message nor move the focus.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (!this.isOpen || event.shiftKey) return
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => this.mark(this.chosen + 1),
      ArrowUp: () => this.mark(this.chosen - 1),
      Enter: () => this.choose(this.chosen),
      Tab: () => this.choose(this.chosen),
      Escape: () => this.close(),
    }
    const { key } = event
    if (!Object.hasOwn(actions, key)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    actions[key]()
  }
}
