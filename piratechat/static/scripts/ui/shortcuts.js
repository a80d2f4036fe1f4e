// Single-key shortcuts outside of fields, and the list of them.  All other keys begin a message.

import { Composition } from '../composer/composition.js'
import { byId } from '../lib/dom.js'
import { keeper } from '../lib/storage.js'

const FIELDS = 'input, textarea, select, [contenteditable]'

export class Shortcuts {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLButtonElement | null} button  for the list; none in a frame
   * @param {Record<string, (() => void) | undefined>} actions  what a key does, as listed in the dialog
   * @param {() => HTMLElement} field  where letters go that are typed outside of fields
   */
  constructor(dialog, button, actions, field) {
    this.dialog = dialog
    this.actions = actions
    this.field = field
    this.composition = new Composition(document)
    // Speech input and tremor can cause unintended keystrokes, so shortcuts can be disabled.
    this.off = /** @type {HTMLInputElement} */ (dialog.querySelector('input'))
    const kept = keeper('localStorage', 'piratechat:keys')
    this.off.checked = kept.load() === 'off'
    this.off.addEventListener('change', () => kept.save(this.off.checked ? 'off' : ''))
    // Touch-only devices have no keyboard.
    if (button) button.hidden = matchMedia('(any-pointer: coarse) and (not (any-pointer: fine))').matches
    button?.addEventListener('click', () => dialog.showModal())
    // The button is hidden by then.
    dialog.addEventListener('close', () => {
      const active = document.activeElement
      if (active === document.body || dialog.contains(active)) (byId('show-more') ?? byId('log')).focus()
    })
    document.addEventListener('keydown', (event) => this.press(event))
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const target = /** @type {Element} */ (event.target)
    const { key, ctrlKey, metaKey, altKey } = event
    if (this.composition.owns(event) || ctrlKey || metaKey || altKey || event.defaultPrevented || this.dialog.open) return
    if (target.matches?.(FIELDS)) {
      if (key === 'Escape' && target.closest('#say')) byId('log').focus()
      return
    }
    const isLetter = key.length === 1
    if ((isLetter && this.off.checked) || target.closest?.('dialog, :popover-open')) return
    const act = key === '?' ? () => this.dialog.showModal() : this.actions[key]
    // The browser inserts the letter into the focused field; a space scrolls, or presses a button.
    if (!act && isLetter && key !== ' ') this.field().focus()
    if (!act) return
    event.preventDefault()
    act()
  }
}
