// Makes emoji of their names while one types, and offers names to choose from: keys, a pointer or a finger.

import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'
import { EmojiNames, closedName, typedName } from './shortcodes.js'

const GAP = 4   // pixels between the list and the field, and what is above
const HIGHEST = '17.5rem'   // of the list: some of the log stays in view

/** @typedef {{emoji: string, name: string}} Choice */

export class EmojiCompletion {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {object} options
   * @param {() => Promise<{default: string}>} options.load  the names
   */
  constructor(field, { load }) {
    this.field = field
    this.load = load
    /** @type {EmojiNames | null} */
    this.names = null
    this.isLoading = false
    this.isReplacing = false
    /** @type {Choice[]} */
    this.choices = []
    this.chosen = 0
    /**
     * What was made an emoji just now: a name that is not meant is had back by one key.
     *
     * @type {{text: string, caret: number, start: number, name: string} | null}
     */
    this.made = null
    this.list = element('ul', { id: 'emoji-names', role: 'listbox', 'aria-label': t('composer.emoji'), popover: 'manual', hidden: true })
    field.after(this.list)
    field.setAttribute('aria-autocomplete', 'list')
    field.setAttribute('aria-controls', 'emoji-names')
    field.addEventListener('input', (event) => this.typed(/** @type {InputEvent} */ (event)))
    field.addEventListener('compositionend', () => { if (this.names) this.look(true) })
    field.addEventListener('keydown', (event) => this.key(event))
    field.addEventListener('blur', () => this.close())
    document.addEventListener('selectionchange', () => { if (this.isOpen && document.activeElement === field) this.offer() })
    // The field keeps the keyboard, also that on the screen.
    this.list.addEventListener('pointerdown', (event) => event.preventDefault())
    this.list.addEventListener('click', ({ target }) => {
      const at = [...this.list.children].indexOf(/** @type {Element} */ (/** @type {Element} */ (target).closest('li')))
      if (at >= 0) this.choose(at)
    })
  }

  get isOpen() { return this.choices.length > 0 }

  /** Where the caret is; null where something is selected. */
  get caret() {
    const { selectionStart, selectionEnd } = this.field
    return selectionStart === selectionEnd ? selectionStart : null
  }

  /** @param {InputEvent} event */
  typed({ inputType, isComposing }) {
    if (this.isReplacing) return
    this.made = null
    // What is pasted, deleted or taken back stays as it is, and so does what an input method has not ended.
    const isTyped = inputType === 'insertText' && !isComposing
    if (!this.field.value.includes(':')) {
      this.close()
      return
    }
    if (this.names) this.look(isTyped)
    else this.fetch(isTyped)
  }

  /** @param {boolean} isTyped */
  async fetch(isTyped) {
    if (this.isLoading) return
    this.isLoading = true
    try {
      this.names = new EmojiNames((await this.load()).default)
      if (document.activeElement === this.field) this.look(isTyped)
    } catch { /* offline, perhaps: the next letter tries again */ }
    this.isLoading = false
  }

  /** @param {boolean} isTyped */
  look(isTyped) {
    if (!(isTyped && this.replaceClosed())) this.offer()
  }

  // Makes an emoji of the name that has just been closed; returns whether there was one.
  replaceClosed() {
    const { caret } = this
    const closed = caret === null ? null : closedName(this.field.value, caret)
    const emoji = closed && this.names?.emoji.get(closed.name)
    if (!closed || caret === null || !emoji) return false
    this.replace(closed.start, caret, emoji)
    this.made = { text: this.field.value, caret: closed.start + emoji.length, ...closed }
    return true
  }

  offer() {
    const { caret } = this
    const typed = caret === null ? null : typedName(this.field.value, caret)
    const choices = typed && this.names ? this.names.beginningWith(typed.name) : []
    if (!choices.length) {
      this.close()
      return
    }
    if (JSON.stringify(choices) === JSON.stringify(this.choices)) return
    this.choices = choices
    this.list.replaceChildren(...choices.map(({ emoji, name }, at) => element('li', { id: `emoji-${at}`, role: 'option' },
      element('span', { 'aria-hidden': 'true' }, emoji), ` :${name}:`)))
    this.mark(0)
    this.show()
  }

  show() {
    const { list } = this
    list.hidden = false
    if ('showPopover' in list && !list.matches(':popover-open')) list.showPopover()
    const { left, top, width } = this.field.getBoundingClientRect()
    Object.assign(list.style, {
      left: `${left}px`,
      bottom: `${document.documentElement.clientHeight - top + GAP}px`,
      maxWidth: `${width}px`,
      maxHeight: `min(${top - 2 * GAP}px, ${HIGHEST})`,
    })
  }

  close() {
    if (!this.isOpen) return
    this.choices = []
    if ('hidePopover' in this.list && this.list.matches(':popover-open')) this.list.hidePopover()
    this.list.hidden = true
    this.field.removeAttribute('aria-activedescendant')
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
    const { caret } = this
    const typed = caret === null ? null : typedName(this.field.value, caret)
    const { emoji } = this.choices[at]
    this.close()
    if (typed && caret !== null) this.replace(typed.start, caret, emoji)
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return
    const { key } = event
    if (key === 'Backspace' && this.made) this.giveBack(event)
    else if (this.isOpen && !event.shiftKey) this.keyOfList(event)
  }

  /** @param {KeyboardEvent} event */
  keyOfList(event) {
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
    // Neither sends, nor leaves the field.
    event.preventDefault()
    event.stopImmediatePropagation()
    actions[key]()
  }

  /** @param {KeyboardEvent} event */
  giveBack(event) {
    const { field, caret, made } = this
    this.made = null
    if (!made || field.value !== made.text || caret !== made.caret) return
    event.preventDefault()
    this.replace(made.start, made.caret, `:${made.name}:`)
  }

  /**
   * As if it was typed: the browser can undo it.
   *
   * @param {number} start
   * @param {number} end
   * @param {string} text
   */
  replace(start, end, text) {
    const { field } = this
    this.isReplacing = true
    field.setSelectionRange(start, end)
    if (!document.execCommand('insertText', false, text)) {
      field.setRangeText(text, start, end, 'end')
      field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }))
    }
    this.isReplacing = false
  }
}
