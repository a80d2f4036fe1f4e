// A menu of emoji for reactions: six emoji, and a field for any other one, by its name or from the keyboard.

import { isEmoji } from './emoji.js'
import { placeAt } from './toolbar.js'
import { element, tell } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/** @import { EmojiNames } from '../composer/shortcodes.js' */

const SIX = ['👍', '❤️', '😂', '🦜', '⚓', '💀']

export class ReactionPicker {
  /** @type {((emoji: string) => void) | null} */
  onChosen = null
  /** @type {EmojiNames | null} */
  names = null

  /** @param {() => Promise<EmojiNames>} load  the names of emoji */
  constructor(load) {
    this.load = load
    /** @type {HTMLInputElement} */
    this.field = element('input', { type: 'search', autocomplete: 'off', 'aria-label': t('reactions.search'), placeholder: t('reactions.search'), maxlength: 64 })
    this.found = element('p', { class: 'emoji found', role: 'status' })
    /** @type {HTMLElement} */
    this.sheet = element('dialog', { id: 'reaction-picker', popover: 'auto', 'aria-label': t('action.react') },
      element('p', { class: 'emoji' }, ...SIX.map(button)), element('p', {}, this.field), this.found)
    document.querySelector('main')?.append(this.sheet)
    this.sheet.addEventListener('click', ({ target }) => this.choose(/** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (target).closest('button'))?.value))
    this.field.addEventListener('input', () => this.search())
    this.field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return
      event.preventDefault()
      this.choose(this.found.querySelector('button')?.value)
    })
  }

  /**
   * @param {HTMLElement} at
   * @param {(emoji: string) => void} onChosen
   */
  open(at, onChosen) {
    this.onChosen = onChosen
    this.field.value = ''
    tell(this.found, '')
    this.sheet.showPopover()
    placeAt(this.sheet, at)
    this.sheet.querySelector('button')?.focus()
  }

  /** @param {string | undefined} emoji */
  choose(emoji) {
    if (!emoji) return
    this.sheet.hidePopover()
    this.onChosen?.(emoji)
  }

  async search() {
    const wanted = this.field.value.trim()
    if (isEmoji(wanted)) {
      this.show([{ emoji: wanted, name: '' }])
      return
    }
    try {
      this.names ??= await this.load()
      const name = wanted.toLowerCase().replaceAll(/^:|:$/g, '').replaceAll(/\s+/g, '_')
      if (this.field.value.trim() === wanted) this.show(this.names.beginningWith(name))
    } catch { /* offline, perhaps: the next letter tries again */ }
  }

  /** @param {{emoji: string, name: string}[]} choices */
  show(choices) {
    tell(this.found, choices.length || this.field.value.length < 2 ? '' : t('reactions.none'))
    if (!choices.length) return
    this.found.hidden = false
    this.found.replaceChildren(...choices.map(({ emoji, name }) => button(emoji, name)))
  }
}

/**
 * @param {string} emoji
 * @param {string | number} name
 */
function button(emoji, name) {
  return element('button', { type: 'button', value: emoji, title: typeof name === 'string' && name }, emoji)
}
