// Replaces names of emoji while they are typed, and offers a list of names.

import { CompletionList } from './completion_list.js'
import { closedName, typedName } from './shortcodes.js'
import { caretOf, isForOthers, typeInto } from './typing.js'
import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/**
 * @import { EmojiNames } from './shortcodes.js'
 * @typedef {{emoji: string, name: string}} Choice
 */

export class EmojiCompletion {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {object} options
   * @param {() => Promise<EmojiNames>} options.load  the names
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
    /**
     * The emoji that has just replaced a name: one key restores the name.
     *
     * @type {{text: string, caret: number, start: number, name: string} | null}
     */
    this.made = null
    this.list = new CompletionList(field, { id: 'emoji-names', label: t('composer.emoji'), onChoose: (at) => this.choose(at) })
    field.addEventListener('input', (event) => this.typed(/** @type {InputEvent} */ (event)))
    field.addEventListener('compositionend', () => { if (this.names) this.look(true) })
    field.addEventListener('keydown', (event) => this.key(event))
    document.addEventListener('selectionchange', () => { if (this.list.isOpen && document.activeElement === field) this.offer() })
  }

  /** @param {InputEvent} event */
  typed({ inputType, isComposing }) {
    if (this.isReplacing) return
    this.made = null
    // Pasted text, deletions, undone changes and unfinished compositions are not replaced.
    const isTyped = inputType === 'insertText' && !isComposing
    if (!this.field.value.includes(':')) this.list.close()
    else if (this.names) this.look(isTyped)
    else this.fetch(isTyped)
  }

  /** @param {boolean} isTyped */
  async fetch(isTyped) {
    if (this.isLoading) return
    this.isLoading = true
    try {
      this.names = await this.load()
      if (document.activeElement === this.field) this.look(isTyped)
    } catch { /* offline, perhaps: the next letter tries again */ }
    this.isLoading = false
  }

  /** @param {boolean} isTyped */
  look(isTyped) {
    if (!(isTyped && this.replaceClosed())) this.offer()
  }

  // Replaces a name whose closing colon was just typed; returns whether there was one.
  replaceClosed() {
    const caret = caretOf(this.field)
    const closed = caret === null ? null : closedName(this.field.value, caret)
    const emoji = closed && this.names?.emoji.get(closed.name)
    if (!closed || caret === null || !emoji) return false
    this.replace(closed.start, caret, emoji)
    this.made = { text: this.field.value, caret: closed.start + emoji.length, ...closed }
    return true
  }

  offer() {
    const { word } = this
    this.choices = word && this.names ? this.names.beginningWith(word.name) : []
    this.list.offer(this.choices.map(({ emoji, name }) => ({
      key: name, content: [element('span', { 'aria-hidden': 'true' }, emoji), ` :${name}:`],
    })))
  }

  // The name before the caret.
  get word() {
    const caret = caretOf(this.field)
    return caret === null ? null : typedName(this.field.value, caret)
  }

  /** @param {number} at */
  choose(at) {
    const { word } = this
    if (word) this.replace(word.start, this.field.selectionEnd, this.choices[at].emoji)
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isForOthers(event)) return
    if (event.key === 'Backspace' && this.made) this.giveBack(event)
    else this.list.key(event)
  }

  /** @param {KeyboardEvent} event */
  giveBack(event) {
    const { field, made } = this
    this.made = null
    if (!made || field.value !== made.text || caretOf(field) !== made.caret) return
    event.preventDefault()
    this.replace(made.start, made.caret, `:${made.name}:`)
  }

  /**
   * @param {number} start
   * @param {number} end
   * @param {string} text
   */
  replace(start, end, text) {
    this.isReplacing = true
    typeInto(this.field, start, end, text)
    this.isReplacing = false
  }
}
