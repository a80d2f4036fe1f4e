// The form for new messages and edits: keys, draft, height, countdown of characters.  It does not send messages itself.

import { Composition } from './composition.js'
import { EmojiCompletion } from './emoji_completion.js'
import { loadEmojiNames } from './emoji_names.js'
import { MentionCompletion } from './mention_completion.js'
import { Purpose } from './purpose.js'
import { byId, element, handFocus, tell } from '../lib/dom.js'
import { lengthOf } from './text_length.js'
import { remember } from '../lib/storage.js'
import { plural, text as t } from '../lib/texts.js'

const NEAR = 200        // the number of remaining characters is shown from here on
const TYPING = 3000     // milliseconds between two typing notifications

export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {object} options
   * @param {Pick<import('./draft.js').Draft, 'text' | 'kept' | 'save' | 'leave'>} options.draft
   * @param {number} options.limit  characters of the longest message
   * @param {() => Iterable<string>} options.names  of others, whom one may mention
   * @param {(text: string, name: string | null, replyTo?: number) => void} options.onSay  with an empty text where only a
   *     name is asked for
   * @param {(seq: number, text: string, lang?: string) => Promise<void>} options.onEdit  fails with a Refusal
   * @param {() => void} options.onEditLast
   * @param {() => void} options.onTyping
   */
  constructor(form, { draft, limit, names, onSay, onEdit, onEditLast, onTyping }) {
    this.form = form
    this.draft = draft
    this.limit = limit
    this.onSay = onSay
    this.onEdit = onEdit
    this.onEditLast = onEditLast
    this.onTyping = onTyping
    this.text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('text'))
    this.name = /** @type {HTMLInputElement | null} */ (form.elements.namedItem('name'))
    this.lang = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem('lang'))
    this.error = byId('say-error')
    this.lastTyping = -Infinity
    this.composition = new Composition(this.text)
    this.purpose = new Purpose({ field: this.text, onChanged: () => this.changed() })
    // Our own error messages, in the page's language, do not cover other elements.
    form.noValidate = true
    // Without JavaScript, a check box marks the message as a reply.
    byId('answers')?.remove()
    // Text that the server returns with an error is newer than the stored draft.
    if (!this.text.value) this.text.value = draft.text
    // Before our own key handlers: in an open list, Enter selects.
    this.emoji = new EmojiCompletion(this.text, { load: loadEmojiNames })
    this.mention = new MentionCompletion(this.text, names)
    form.addEventListener('submit', (event) => { event.preventDefault(); this.submit() })
    this.text.addEventListener('keydown', (event) => this.key(event))
    this.text.addEventListener('input', () => { this.changed(); this.signal() })
    this.lang?.addEventListener('change', () => remember('piratechat-lang', this.language ?? ''))
    window.addEventListener('pagehide', () => this.draft.leave())
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.draft.leave() })
    this.changed()
  }

  // With a mouse the field is focused immediately; on a phone this would open the on-screen keyboard.
  begin() {
    const isFree = document.activeElement === document.body && !this.form.hidden
    if (isFree && !matchMedia('(pointer: coarse)').matches) this.text.focus({ preventScroll: true })
  }

  // The language that the author declared.
  get language() { return this.lang?.value || undefined }

  // Whether the page can be left without losing text.
  get isKept() { return this.draft.kept && this.purpose.isDraft }

  /**
   * Makes the typed text a reply to `message`.
   *
   * @param {import('../types.d.ts').Message} message
   */
  reply(message) {
    this.purpose.reply(message)
    this.text.focus()
  }

  /**
   * Puts the text of `message`, the reader's own, into the field for editing.
   *
   * @param {import('../types.d.ts').Message} message
   */
  edit(message) {
    this.clearError()
    this.purpose.edit(message)
    this.text.focus()
    this.text.setSelectionRange(this.text.value.length, this.text.value.length)
  }

  /**
   * Message `seq` was removed: it may be the edited one, or the one that is replied to.
   *
   * @param {number} seq
   */
  gone(seq) {
    const kind = this.purpose.gone(seq)
    if (kind) tell(this.error, kind === 'edit' ? t('composer.edit_gone') : t('composer.reply_gone'))
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === 'ArrowUp' || event.key === 'Escape') this.keyOfPurpose(event)
    // In an input method, Enter selects a word.  A touch keyboard has no
    // Shift+Enter, so there Enter breaks the line and the button sends.
    if (this.composition.owns(event) || event.key !== 'Enter' || event.shiftKey) return
    if (matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  // In an empty field, the up arrow edits the last message; Escape cancels a reply or an edit.
  /** @param {KeyboardEvent} event */
  keyOfPurpose(event) {
    const { aim } = this.purpose
    if (this.composition.owns(event) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape' ? !aim : aim || this.text.value) return
    event.preventDefault()
    if (event.key === 'Escape') this.purpose.end()
    else this.onEditLast()
  }

  submit() {
    const { value } = this.text
    const { aim } = this.purpose
    this.clearError()
    const over = lengthOf(value) - this.limit
    if (over > 0) {
      this.refuse(plural('error.message_too_long', over, { limit: this.limit }))
      return
    }
    if (this.form.ariaBusy === 'true') return
    if (aim?.kind === 'edit') this.change(aim, value)
    else this.onSay(value.trim() ? value : '', this.name ? this.name.value.trim() : null, aim?.seq)
  }

  /**
   * @param {import('./purpose.js').Aim} aim
   * @param {string} text
   */
  async change(aim, text) {
    if (!text.trim()) {
      this.refuse(t('composer.edit_empty'))
      return
    }
    this.form.setAttribute('aria-busy', 'true')
    try {
      await this.onEdit(aim.seq, text, this.language)
      // The field may contain another message now.
      if (this.purpose.aim === aim) this.purpose.end()
    } catch (refusal) {
      const { message } = /** @type {import('../types.d.ts').Refusal} */ (refusal)
      if (this.purpose.aim === aim) this.refuse(message)
    }
    this.form.removeAttribute('aria-busy')
  }

  clearError() {
    tell(this.error, '')
    this.name?.removeAttribute('aria-invalid')
  }

  // The message was accepted, so the field can be cleared.
  clear() {
    this.purpose.end()
    this.text.value = ''
    this.changed()
    this.text.focus()
  }

  /**
   * Puts a message that was not accepted back into the field; returns whether the field was empty.
   *
   * @param {string} text
   */
  giveBack(text) {
    if (this.text.value || !this.purpose.isDraft) return false
    this.text.value = text
    this.changed()
    return true
  }

  named() {
    byId('naming')?.remove()
    this.name = null
  }

  /**
   * Asks for a name, like the server's page (templates/composer.pt), with the reason.
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
   * Shows whether the visitor may post, and if not, why.
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

  // All data of the room is deleted from this device.
  forget() {
    this.draft = { text: '', kept: true, save() {}, leave() {} }
  }

  changed() {
    const { text } = this
    if (this.purpose.isDraft) this.draft.save(text.value)
    this.count()
    if (!CSS.supports('field-sizing', 'content')) {
      text.style.height = 'auto'
      text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`
    }
  }

  // A character has one or two UTF-16 units, so short texts need not be counted.
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
