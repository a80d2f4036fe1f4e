// The form to say something: keys, draft, growth, count-down.  What becomes of what is said is not its business.

import { byId, tell } from './dom.js'
import { remember } from './store.js'

const NEAR = 200        // letters left from which they are counted down
const TYPING = 3000     // milliseconds between two signs that somebody is typing

export class Composer {
  // `drafts`: see store.js.  Called back: onSay(text, name or null), onTyping().
  constructor(form, { drafts, onSay, onTyping }) {
    Object.assign(this, { form, drafts, onSay, onTyping })
    this.text = form.elements.namedItem('text')
    this.name = form.elements.namedItem('name')
    this.lang = form.elements.namedItem('lang')
    this.error = byId('say-error')
    this.lastTyping = -Infinity
    // What the server gives back after a refusal is newer than what the browser kept.
    if (!this.text.value) this.text.value = drafts.load() ?? ''
    form.addEventListener('submit', (event) => { event.preventDefault(); this.submit() })
    this.text.addEventListener('keydown', (event) => this.key(event))
    this.text.addEventListener('input', () => { this.changed(); this.signal() })
    this.lang?.addEventListener('change', () => remember('piratechat-lang', this.lang.value))
    this.changed()
    this.askLater()
  }

  // Who only reads is not asked for a name.
  askLater() {
    const naming = byId('naming')
    if (!naming || this.text.value || this.name.value || !this.error.hidden) return
    naming.hidden = true
    this.form.addEventListener('focusin', () => { naming.hidden = false }, { once: true })
  }

  // What is written here, if its author said so.
  get language() { return this.lang?.value || undefined }

  key(event) {
    // While an input method composes, Enter chooses a word.  A touch keyboard has no
    // Shift+Enter, so there Enter breaks the line and the button sends.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  submit() {
    const text = this.text.value
    if (!text.trim()) return
    tell(this.error, '')
    this.name?.removeAttribute('aria-invalid')
    this.onSay(text, this.name ? this.name.value.trim() : null)
  }

  // It was taken over: the field is free for the next.
  clear() {
    this.text.value = ''
    this.changed()
    this.text.focus()
  }

  named() {
    byId('naming')?.remove()
    this.name = null
  }

  refuse(message, atName = false) {
    tell(this.error, message)
    const field = atName && this.name ? this.name : this.text
    if (field === this.name) field.setAttribute('aria-invalid', 'true')
    field.focus()
  }

  // Whether one may speak, and if not why.
  allow(reason) {
    tell(byId('reason'), reason)
    this.form.hidden = Boolean(reason)
  }

  changed() {
    const { text } = this
    this.drafts.save(text.value)
    const left = text.maxLength - text.value.length
    tell(byId('left'), left < NEAR ? `${left} left` : '')
    if (!CSS.supports('field-sizing', 'content')) {
      text.style.height = 'auto'
      text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`
    }
  }

  signal() {
    const now = performance.now()
    if (!this.text.value || now - this.lastTyping < TYPING) return
    this.lastTyping = now
    this.onTyping()
  }
}
