// The purpose of the text in the field, if it is not a new message: a reply, or an edit.

import { byId, element, tell } from '../lib/dom.js'
import { text as t, textParts } from '../lib/texts.js'

// Length of the quotation above the field, in letters.
const QUOTED = 200

/**
 * @import { Message } from '../types.d.ts'
 * @typedef {{kind: 'reply' | 'edit', seq: number}} Aim
 */

export class Purpose {
  /**
   * @type {Aim | null}
   */
  aim = null
  /** What was in the field before a message was taken there to be changed, and what that message said. */
  before = ''
  said = ''

  /**
   * @param {object} options
   * @param {{value: string}} options.field
   * @param {() => void} options.onChanged  called when the field has another text
   */
  constructor({ field, onChanged }) {
    this.field = field
    this.onChanged = onChanged
    this.place = byId('purpose')
    this.place.addEventListener('click', ({ target }) => { if (/** @type {Element} */ (target).closest('button')) this.end() })
  }

  // Whether the text in the field is a draft: not while a message is edited.
  get isDraft() { return this.aim?.kind !== 'edit' }

  /**
   * Makes the typed text a reply to `message`.
   *
   * @param {Message} message
   */
  reply({ seq, author, text, view }) {
    this.end()
    this.aim = { kind: 'reply', seq }
    this.show(textParts('composer.replies_to', { author: element('bdi', {}, author) }), view?.text ?? text)
  }

  /**
   * Edits `message`, which is the reader's own: puts its text into the field.
   *
   * @param {Message} message
   */
  edit({ seq, text }) {
    this.end()
    this.before = this.field.value
    this.said = text
    this.aim = { kind: 'edit', seq }
    this.show([t('composer.edits')], text)
    this.field.value = text
    this.onChanged()
  }

  /**
   * Message `seq` was removed, so it can no longer be edited or replied to.  The typed text remains as a draft.  Returns
   * the purpose of the field if it concerned this message, else null.
   *
   * @param {number} seq
   */
  gone(seq) {
    const { aim } = this
    if (aim?.seq !== seq) return null
    const typed = aim.kind === 'edit' && this.field.value !== this.said ? this.field.value : ''
    this.end()
    if (typed) {
      this.field.value = this.field.value ? `${this.field.value}\n${typed}` : typed
      this.onChanged()
    }
    return aim.kind
  }

  // The previous text of the field is restored.
  end() {
    const { isDraft } = this
    this.aim = null
    tell(this.place, '')
    if (isDraft) return
    this.field.value = this.before
    this.before = ''
    this.onChanged()
  }

  /**
   * @param {(string | Node)[]} what
   * @param {string} text
   */
  show(what, text) {
    const letters = [...text.replaceAll(/\s+/g, ' ')]
    const line = letters.length > QUOTED ? `${letters.slice(0, QUOTED).join('')}…` : letters.join('')
    this.place.replaceChildren(
      element('span', {}, element('b', {}, ...what), ' ', element('q', { dir: 'auto' }, line)),
      element('button', { type: 'button', 'aria-label': t('composer.cancel') }, '×'))
    this.place.hidden = false
  }
}
