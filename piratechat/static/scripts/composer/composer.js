// The form to say something: keys, draft, growth, count-down.  What becomes of what is said is not its business.

import { Composition } from './composition.js'
import { EmojiCompletion } from './emoji_completion.js'
import { byId, element, handFocus, tell } from '../lib/dom.js'
import { lengthOf } from './text_length.js'
import { remember } from '../lib/storage.js'
import { plural, text as t } from '../lib/texts.js'

const NEAR = 200        // characters left from which they are counted down
const TYPING = 3000     // milliseconds between two signs that somebody is typing

export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {object} options
   * @param {Pick<import('./draft.js').Draft, 'text' | 'kept' | 'save' | 'leave'>} options.draft
   * @param {number} options.limit  characters of the longest message
   * @param {(text: string, name: string | null) => void} options.onSay  with an empty text where only a name is asked for
   * @param {() => void} options.onTyping
   */
  constructor(form, { draft, limit, onSay, onTyping }) {
    this.form = form
    this.draft = draft
    this.limit = limit
    this.onSay = onSay
    this.onTyping = onTyping
    this.text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('text'))
    this.name = /** @type {HTMLInputElement | null} */ (form.elements.namedItem('name'))
    this.lang = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem('lang'))
    this.error = byId('say-error')
    this.lastTyping = -Infinity
    this.composition = new Composition(this.text)
    // We say what is missing, in the page's words and where they cover nothing.
    form.noValidate = true
    // What the server gives back after a refusal is newer than what the browser kept.
    if (!this.text.value) this.text.value = draft.text
    // Before our own keys: while there is a list, Enter chooses.
    this.emoji = new EmojiCompletion(this.text, { load: () => import('../emoji_names.js') })
    form.addEventListener('submit', (event) => { event.preventDefault(); this.submit() })
    this.text.addEventListener('keydown', (event) => this.key(event))
    this.text.addEventListener('input', () => { this.changed(); this.signal() })
    this.lang?.addEventListener('change', () => remember('piratechat-lang', this.language ?? ''))
    window.addEventListener('pagehide', () => this.draft.leave())
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.draft.leave() })
    this.changed()
  }

  // At a desk one can write at once; on a phone that would bring up a keyboard.
  begin() {
    const isFree = document.activeElement === document.body && !this.form.hidden
    if (isFree && !matchMedia('(pointer: coarse)').matches) this.text.focus({ preventScroll: true })
  }

  // What is written here, if its author said so.
  get language() { return this.lang?.value || undefined }

  /** @param {KeyboardEvent} event */
  key(event) {
    // While an input method composes, Enter chooses a word.  A touch keyboard has no
    // Shift+Enter, so there Enter breaks the line and the button sends.
    if (this.composition.owns(event) || event.key !== 'Enter' || event.shiftKey) return
    if (matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  submit() {
    const { value } = this.text
    this.clearError()
    const over = lengthOf(value) - this.limit
    if (over > 0) {
      this.refuse(plural('error.message_too_long', over, { limit: this.limit }))
      return
    }
    this.onSay(value.trim() ? value : '', this.name ? this.name.value.trim() : null)
  }

  clearError() {
    tell(this.error, '')
    this.name?.removeAttribute('aria-invalid')
  }

  // It was taken over: the field is free for the next.
  clear() {
    this.text.value = ''
    this.changed()
    this.text.focus()
  }

  /**
   * It was not taken over after all; returns whether there was room for it.
   *
   * @param {string} text
   */
  giveBack(text) {
    if (this.text.value) return false
    this.text.value = text
    this.changed()
    return true
  }

  named() {
    byId('naming')?.remove()
    this.name = null
  }

  /**
   * Asks for a name, as the server's page does (templates/composer.pt), and says why.
   *
   * @param {string} message
   */
  unnamed(message) {
    if (!this.name) {
      this.name = element('input', { id: 'name', name: 'name', required: true, placeholder: ' ', dir: 'auto', autocomplete: 'nickname',
        'aria-describedby': 'say-error' })
      byId('saying').before(element('p', { id: 'naming' }, element('label', { for: 'name' }, t('name.label')), this.name))
    }
    tell(this.error, message)
  }

  /** @param {string} message */
  refuse(message, atName = false) {
    tell(this.error, message)
    const field = atName && this.name ? this.name : this.text
    if (field !== this.text) field.setAttribute('aria-invalid', 'true')
    field.focus()
  }

  /**
   * Whether one may speak, and if not why.
   *
   * @param {string | null} reason
   */
  allow(reason) {
    tell(byId('reason'), reason)
    if (reason) handFocus(this.form, byId('log'))
    this.form.hidden = Boolean(reason)
    const skip = byId('skip')
    skip.hash = reason ? '#log' : '#text'
    skip.textContent = reason ? t('room.skip_to_messages') : t('room.skip')
  }

  // Nothing of the room stays on this device.
  forget() {
    this.draft = { text: '', kept: true, save() {}, leave() {} }
  }

  changed() {
    const { text } = this
    this.draft.save(text.value)
    this.count()
    if (!CSS.supports('field-sizing', 'content')) {
      text.style.height = 'auto'
      text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`
    }
  }

  // A character has one unit of UTF-16 or two: a short text need not be counted.
  count() {
    const { text, limit } = this
    const left = text.value.length > limit - NEAR ? limit - lengthOf(text.value) : limit
    const place = byId('left')
    tell(place, left < 0 ? t('composer.too_many', { count: -left }) : left < NEAR ? t('composer.left', { count: left }) : '')
    place.classList.toggle('over', left < 0)
    if (left < 0) text.setAttribute('aria-invalid', 'true')
    else text.removeAttribute('aria-invalid')
  }

  signal() {
    const now = performance.now()
    if (!this.text.value || now - this.lastTyping < TYPING) return
    this.lastTyping = now
    this.onTyping()
  }
}
