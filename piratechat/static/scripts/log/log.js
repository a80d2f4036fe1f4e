// The log on the page: messages in the order of their numbers, with lines for days.

import { byId, element, handFocus } from '../lib/dom.js'
import { dateOf, dayOf, goesOn, messageElement, readMessage, whisperElement } from './message.js'
import { quote } from './message_parts.js'
import { text as t } from '../lib/texts.js'

// Not the text of a removed message, which must be requested.
const ORIGINAL = '.original:not(.words)'

// Number of messages from which on style sheets may skip the layout of invisible ones.  The first messages are laid out
// completely, so that the initial position is right.
const LONG = 200

// Maximum number of whispered notifications.
const WHISPERS = 50

// Elements of a message whose focus is restored when the message is rendered again.
const PLACES = ['.reactions button', '.original > summary', '.when', '.edited', '.reply a']

/**
 * @import { Message, Page, Whisper } from '../types.d.ts'
 * @typedef {'previousElementSibling' | 'nextElementSibling'} Direction
 */

export class Log {
  /**
   * @param {HTMLElement} list  the <ol> that the server filled
   * @param {Page} page
   * @param {import('./motion.js').Motion} motion
   */
  constructor(list, page, motion) {
    this.list = list
    this.page = page
    this.motion = motion
    /** @type {Map<number, Message>} */
    this.messages = new Map()
    /** @type {Map<number, HTMLElement>} */
    this.items = new Map()
    /**
     * The line above new messages.
     *
     * @type {HTMLElement | null}
     */
    this.line = null
    /** @type {number | null} */
    this.marked = null
    /**
     * The replies to each message that are on the page.
     *
     * @type {Map<number, Set<number>>}
     */
    this.answers = new Map()
    /**
     * The texts of messages that have replies, but are not on the page.
     *
     * @type {Map<number, string>}
     */
    this.quoted = new Map()
    /**
     * The messages whose translation has failed.
     *
     * @type {Set<number>}
     */
    this.failed = new Set()
    /** @type {(seq: number) => void} */
    this.onPut = () => {}
    /**
     * Returns a message with its translation; replaced if this device translates (on_device.js).
     *
     * @type {(message: Message) => Message}
     */
    this.reads = (message) => message
    /** @type {(seq: number) => void} */
    this.onDrop = () => {}
    this.adopt()
  }

  get size() { return this.messages.size }

  // The numbers of the oldest and the newest message on the page, or null.
  get first() { return this.seqOf(this.list.querySelector(':scope > .message')) }

  get last() {
    const end = lastOf(this.list)
    return this.seqOf(end?.classList.contains('whisper') ? neighbour(end, 'previousElementSibling') : end)
  }

  /** @param {HTMLElement | null} item */
  seqOf(item) { return item ? Number(item.dataset.seq) : null }

  adopt() {
    for (const day of this.list.querySelectorAll('.day')) day.remove()
    for (const item of this.list.querySelectorAll('.message')) {
      const message = readMessage(item)
      this.messages.set(message.seq, message)
      this.note(message, item.querySelector(':scope > .reply > q')?.textContent)
      // Renders the server's messages again, for the reader's time zone and live features; marks of the server are preserved.
      const made = messageElement(message, this.page, this.quoteFor(message))
      for (const name of ['tabindex', 'aria-current']) {
        const value = item.getAttribute(name)
        if (value !== null) made.setAttribute(name, value)
      }
      exchange(item, made)
      this.items.set(message.seq, made)
      this.arrange(made)
    }
  }

  /**
   * Shows a message: inserts a new one at its position, or updates an existing one.
   *
   * @param {Message} told
   */
  put(told) {
    const message = this.reads(told)
    const known = this.items.get(message.seq)
    this.note(message)
    const made = messageElement(message, this.page, this.quoteFor(message))
    this.messages.set(message.seq, message)
    this.items.set(message.seq, made)
    if (known) this.replace(known, made)
    else this.insert(made, message.seq)
    this.arrange(made)
    const next = neighbour(made, 'nextElementSibling')
    if (next) this.arrange(next)
    this.list.classList.toggle('long', this.size > LONG)
    for (const answer of this.answers.get(message.seq) ?? []) this.quoteAgain(answer)
    this.onPut(message.seq)
  }

  /**
   * Shows a whispered notification at the end; it has no number, and is not a message.
   *
   * @param {Whisper} told
   */
  whisper(told) {
    this.list.append(whisperElement(told, this.page))
    const [oldest, ...others] = /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(':scope > .whisper'))
    if (others.length < WHISPERS) return
    const next = neighbour(oldest, 'nextElementSibling')
    oldest.remove()
    if (next) this.arrange(next)
  }

  /**
   * Records which message `message` replies to.
   *
   * @param {Message} message
   * @param {string | null} [quoted]  what that one says, if the server has put it on the page
   */
  note({ seq, reply_to: target, view }, quoted) {
    this.count(seq, view?.state === 'failed')
    if (!target) return
    if (quoted) this.quoted.set(target.seq, quoted)
    const answers = this.answers.get(target.seq) ?? new Set()
    this.answers.set(target.seq, answers.add(seq))
  }

  /**
   * Offers to retry all failed translations together if there are several.
   *
   * @param {number} seq
   * @param {boolean} hasFailed
   */
  count(seq, hasFailed) {
    if (hasFailed) this.failed.add(seq)
    else this.failed.delete(seq)
    this.list.classList.toggle('failing', this.failed.size > 1)
  }

  /**
   * Returns the text of the message that `message` replies to, as translated; undefined if it is unknown or removed.
   *
   * @param {Message} message
   */
  quoteFor({ reply_to: target }) {
    if (!target?.author) return undefined
    const found = this.messages.get(target.seq)
    if (!found) return this.quoted.get(target.seq)
    if (found.removed || found.erased) return undefined
    return found.view?.state === 'ready' ? found.view.text : found.text
  }

  /**
   * Message `seq` was removed or erased: its replies no longer quote it, even if it is not on the page.
   *
   * @param {number} seq
   */
  unquote(seq) {
    this.quoted.delete(seq)
    this.onDrop(seq)
    if (this.messages.has(seq)) return
    for (const answer of this.answers.get(seq) ?? []) {
      const message = this.messages.get(answer)
      if (message) this.messages.set(answer, { ...message, reply_to: { seq, author: '' } })
      this.quoteAgain(answer)
    }
  }

  /**
   * The translation of the message that message `seq` replies to has changed.
   *
   * @param {number} seq
   */
  quoteAgain(seq) {
    const message = this.messages.get(seq)
    const place = this.items.get(seq)?.querySelector(':scope > .reply')
    if (message?.reply_to && place) place.replaceWith(quote(this.targetOf(message), this.quoteFor(message), this.page))
  }

  /**
   * Returns the message that `message` replies to, without its author if it was removed.
   *
   * @param {Message} message
   */
  targetOf({ reply_to: target }) {
    const { seq, author } = /** @type {NonNullable<Message['reply_to']>} */ (target)
    const found = this.messages.get(seq)
    return { seq, author: found ? (found.removed || found.erased ? '' : found.author) : author }
  }

  /**
   * @param {HTMLElement} known
   * @param {HTMLElement} made
   */
  replace(known, made) {
    replace(known, made)
    this.motion.handOver(known, made)
  }

  /** @param {Message[]} messages */
  putOlder(messages) {
    for (const message of [...messages].reverse()) this.put(message)
  }

  /**
   * @param {number} seq
   * @param {Partial<Message>} changes
   */
  change(seq, changes) {
    const message = this.messages.get(seq)
    if (message) this.put({ ...message, ...changes })
  }

  /**
   * The position is almost always at the end, where the search begins; or before all messages, for older ones.
   *
   * @param {HTMLElement} made
   * @param {number} seq
   */
  insert(made, seq) {
    if (this.first !== null && seq < this.first) {
      this.list.prepend(made)
      return
    }
    let before = lastOf(this.list)
    while (before && !(Number(before.dataset.seq) < seq)) before = beside(before, 'previousElementSibling')
    // Whispered notifications remain above later messages.
    for (let next = before && beside(before, 'nextElementSibling'); next?.classList.contains('whisper'); next = beside(next, 'nextElementSibling')) before = next
    if (before) before.after(made)
    else this.list.append(made)
  }

  /**
   * Removes the oldest messages from the page, except for the newest `most`.
   *
   * @param {number} most
   */
  trim(most) {
    while (this.size > most) this.drop(/** @type {HTMLElement} */ (this.list.firstElementChild))
    const first = this.items.get(this.first ?? NaN)
    if (first) this.arrange(first)
  }

  /**
   * Removes the newest messages from the page, except for the oldest `most`.
   *
   * @param {number} most
   */
  trimEnd(most) {
    // A day without messages is removed as well.
    for (let last = lastOf(this.list); last && (this.size > most || !this.seqOf(last)); last = lastOf(this.list)) this.drop(last)
  }

  /** @param {HTMLElement} item */
  drop(item) {
    const seq = Number(item.dataset.seq)
    handFocus(item, byId('log'))
    item.remove()
    const target = this.messages.get(seq)?.reply_to?.seq
    if (target !== undefined) this.answers.get(target)?.delete(seq)
    this.messages.delete(seq)
    this.count(seq, false)
    this.items.delete(seq)
    this.onDrop(seq)
  }

  /**
   * Puts a line above the messages after `after`; null removes the line.
   *
   * @param {number | null} after
   */
  mark(after) {
    if (this.line?.isConnected && after === this.marked) return
    this.line?.remove()
    this.line = null
    this.marked = after
    if (after === null) return
    let first = null
    for (let item = lastOf(this.list); item && !(Number(item.dataset.seq) <= after); item = beside(item, 'previousElementSibling')) first = item
    if (!first) return
    this.line = element('li', { id: 'new' }, t('room.new'))
    first.before(this.line)
  }

  /**
   * Moves the focus to the next message in `direction`; at first, to the newest one.
   *
   * @param {Direction} direction
   */
  walk(direction) {
    const from = document.activeElement?.closest?.('.message')
    const to = from && this.list.contains(from) ? neighbour(from, direction) : this.items.get(this.last ?? NaN)
    if (!to) return
    to.tabIndex = -1
    to.focus({ preventScroll: true })
    to.scrollIntoView({ block: 'nearest' })
  }

  /**
   * Updates the day above a message, and whether the message continues the previous one of its author.
   *
   * @param {HTMLElement} item
   */
  arrange(item) {
    const above = neighbour(item, 'previousElementSibling')
    const message = /** @type {Message} */ (this.messages.get(Number(item.dataset.seq)))
    const day = dayOf(message)
    const last = above && this.messages.get(Number(above.dataset.seq))
    const sameDay = last && dayOf(last) === day
    item.classList.toggle('again', last && !isAfterWhisper(item) ? goesOn(message, last) : false)
    const mark = item.previousElementSibling
    const marked = mark?.classList.contains('day')
    if (sameDay && marked) mark?.remove()
    if (!sameDay && !marked) {
      item.before(element('li', { class: 'day' }, element('time', { datetime: dateOf(message) }, day)))
    }
  }
}

/**
 * Elements that the reader has opened remain open.
 *
 * @param {HTMLElement} known
 * @param {HTMLElement} made
 */
function replace(known, made) {
  const [before, after] = [known, made].map((item) => /** @type {HTMLDetailsElement | null} */ (item.querySelector(ORIGINAL)))
  if (before?.open && after) after.open = true
  exchange(known, made)
}

/**
 * Moves the focus from one element to the other.
 *
 * @param {HTMLElement} known
 * @param {HTMLElement} made
 */
function exchange(known, made) {
  const focused = known.contains(document.activeElement) ? document.activeElement : null
  known.replaceWith(made)
  if (!focused) return
  const again = counterpart(/** @type {HTMLElement} */ (focused), made)
  if (again === made) made.tabIndex = -1
  again.focus({ preventScroll: true })
}

/**
 * Returns the element of `made` that corresponds to `focused` in the previous message; `made` itself if there is none.
 *
 * @param {HTMLElement} focused
 * @param {HTMLElement} made
 */
function counterpart(focused, made) {
  const place = PLACES.find((one) => focused.matches(one))
  const all = place ? /** @type {NodeListOf<HTMLButtonElement>} */ (made.querySelectorAll(place)) : []
  const { value } = /** @type {HTMLButtonElement} */ (focused)
  return [...all].find((one) => one.value === value) ?? made
}

/**
 * The next message in `direction`.
 *
 * @param {HTMLElement} item
 * @param {Direction} direction
 */
function neighbour(item, direction) {
  let other = beside(item, direction)
  while (other && !other.classList.contains('message')) other = beside(other, direction)
  return other
}

/**
 * Whether there is a whispered notification between a message and the one above it.
 *
 * @param {HTMLElement} item
 */
function isAfterWhisper(item) {
  let other = beside(item, 'previousElementSibling')
  while (other && !other.matches('.message, .whisper')) other = beside(other, 'previousElementSibling')
  return other?.classList.contains('whisper') ?? false
}

/**
 * The element before or after `item`.
 *
 * @param {HTMLElement} item
 * @param {Direction} direction
 */
function beside(item, direction) {
  return /** @type {HTMLElement | null} */ (item[direction])
}

/** @param {HTMLElement} list */
function lastOf(list) {
  return /** @type {HTMLElement | null} */ (list.lastElementChild)
}
