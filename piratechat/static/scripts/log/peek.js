// What was written, in place of what is read, while a message is held; and what can be done with a message that is touched.

// Milliseconds after which a message is held, before a phone would select a word; and pixels that a finger may move.
const PATIENCE = 350
const SLACK = 8
const CONTROLS = 'a, button, summary, input'

export class Peek {
  /** @type {number | undefined} */
  timer
  /**
   * The message that is held, and whether its original was shown below it.
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
    // What is under the finger by then was not meant: the message has another height while it is held.  A click of the
    // keyboard, which has no detail, was.
    window.addEventListener('click', (event) => { if (this.hasHeld && event.detail) swallow(event) }, { capture: true })
    list.addEventListener('pointerdown', (event) => this.press(event))
    // The focus goes from one message to the next at once, by the click, and not to the log between.
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
    // It may have been made again.
    const message = held && document.getElementById(held.id)
    if (!message) return
    message.classList.remove('held')
    this.motion.turn(message, false)
    const original = originalOf(message)
    if (original) original.open = held.wasOpen
  }

  // The original is opened, or closed, below what is read.
  /** @param {MouseEvent} event */
  open({ target }) {
    const original = /** @type {HTMLDetailsElement | null | undefined} */ (/** @type {Element} */ (target).closest('.original > summary')?.parentElement)
    const message = original?.closest('.message')
    // It is not open yet: that comes with the end of the click.
    if (message && !original?.open) this.motion.turn(message, true)
  }

  // What can be done with it comes below it, and goes from below another one: the message stays below the finger.
  /** @param {MouseEvent} event */
  touch(event) {
    const message = messageAt(event)
    // A pointer that hovers has shown what there is already.
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
 * The message at which something happens, but for its links and buttons.
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
