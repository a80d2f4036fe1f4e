// Shows the original while a message is held, and the toolbar of a touched message.

// Milliseconds until a press is long, less than for selecting a word on a phone; and pixels that the finger may move.
const PATIENCE = 350
const SLACK = 8
const CONTROLS = 'a, button, summary, input'

export class Peek {
  /** @type {number | undefined} */
  timer
  /**
   * The held message, and whether its original was already shown below it.
   *
   * @type {{id: string, wasOpen: boolean} | null}
   */
  held = null
  /** Where the pointer went down. */
  from = { x: 0, y: 0 }
  /** Whether the pointer that went up last has held a message. */
  hasHeld = false
  /** Whether a finger is the pointer. */
  isFinger = false

  /**
   * @param {HTMLElement} list
   * @param {import('./motion.js').Motion} motion
   * @param {import('./scroll.js').Scroll} scroll
   */
  constructor(list, motion, scroll) {
    this.motion = motion
    this.scroll = scroll
    window.addEventListener('pointerdown', ({ pointerType }) => { this.hasHeld = false; this.isFinger = pointerType === 'touch' }, { capture: true })
    // After a long press the click is not intended for the element under the finger, because the height of a held message
    // differs.  A click by the keyboard, which has no detail, is intended.
    window.addEventListener('click', (event) => { if (this.hasHeld && event.detail) swallow(event) }, { capture: true })
    list.addEventListener('pointerdown', (event) => this.press(event))
    // The click moves the focus directly from one message to another, and not to the log in between.
    list.addEventListener('mousedown', (event) => { if (messageAt(event) && this.isFinger) event.preventDefault() })
    list.addEventListener('contextmenu', (event) => { if (this.held) event.preventDefault() })
    list.addEventListener('click', (event) => { this.open(event); this.touch(event) })
    window.addEventListener('pointermove', (event) => this.move(event), { passive: true })
    for (const end of ['pointerup', 'pointercancel', 'blur']) window.addEventListener(end, () => this.release())
  }

  /** @param {PointerEvent} event */
  press(event) {
    const message = messageAt(event)
    if (event.button !== 0 || !event.isPrimary || !message || !originalOf(message)) return
    this.from = { x: event.clientX, y: event.clientY }
    this.timer = setTimeout(() => this.hold(message.id), PATIENCE)
  }

  /** @param {PointerEvent} event */
  move({ clientX, clientY }) {
    if (this.timer === undefined || Math.hypot(clientX - this.from.x, clientY - this.from.y) <= SLACK) return
    this.release()
  }

  /** @param {string} id */
  hold(id) {
    const message = document.getElementById(id)
    const original = message && originalOf(message)
    if (!original) return
    this.held = { id, wasOpen: original.open }
    this.hasHeld = true
    getSelection()?.removeAllRanges()
    original.open = true
    message.classList.add('held')
    this.motion.turn(message, true)
  }

  release() {
    clearTimeout(this.timer)
    this.timer = undefined
    const { held } = this
    this.held = null
    // It may have been rendered again.
    const message = held && document.getElementById(held.id)
    if (!message) return
    message.classList.remove('held')
    this.motion.turn(message, false)
    const original = originalOf(message)
    if (original) original.open = held.wasOpen
  }

  // Opens or closes the original below the translation.
  /** @param {MouseEvent} event */
  open({ target }) {
    const original = /** @type {HTMLDetailsElement | null | undefined} */ (/** @type {Element} */ (target).closest('.original > summary')?.parentElement)
    const message = original?.closest('.message')
    // It is not open yet, but will be at the end of the click.
    if (message && !original?.open) this.motion.turn(message, true)
  }

  // The toolbar moves from another message to this one; the message remains under the finger.
  /** @param {MouseEvent} event */
  touch(event) {
    const message = messageAt(event)
    // A hovering pointer has already shown the toolbar.
    if (!(message instanceof HTMLElement) || !(this.isFinger || matchMedia('(hover: none)').matches) || !getSelection()?.isCollapsed) return
    const held = this.scroll.holding(message)
    message.tabIndex = -1
    message.focus({ preventScroll: true })
    held()
    message.querySelector(':scope > .actions')?.scrollIntoView({ block: 'nearest' })
  }
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault()
  event.stopImmediatePropagation()
}

/**
 * Returns the message of an event, unless it concerns a link or a button.
 *
 * @param {Event} event
 */
function messageAt({ target }) {
  const at = /** @type {Element} */ (target)
  return at.closest(CONTROLS) ? null : at.closest('.message')
}

/** @param {Element} message */
function originalOf(message) {
  return /** @type {HTMLDetailsElement | null} */ (message.querySelector(':scope > .original:not(.words)'))
}
