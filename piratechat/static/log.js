// The log on the page: messages in the order of their numbers, with the days between them.

import { element } from './dom.js'
import { dateOf, dayOf, goesOn, messageElement, readMessage } from './message.js'

// Not the words of a message that was removed, which are to be asked for.
const ORIGINAL = '.original:not(.words)'

// Messages from which on style sheets may spare those that are out of sight.  The first to be there are
// laid out as they are, so that reading begins where it should.
const LONG = 200

export class Log {
  // `list`: the <ol> that the server filled; `page`: see message.js.
  constructor(list, page) {
    Object.assign(this, { list, page })
    this.messages = new Map()
    this.items = new Map()
    this.line = null         // above what is new
    this.adopt()
  }

  get size() { return this.messages.size }

  // The numbers of the oldest and the newest message on the page, null without any.
  get first() { return this.seqOf(this.list.querySelector(':scope > .message')) }

  get last() { return this.seqOf(this.list.lastElementChild) }

  seqOf(item) { return item ? Number(item.dataset.seq) : null }

  adopt() {
    for (const day of this.list.querySelectorAll('.day')) day.remove()
    for (const item of this.list.querySelectorAll('.message')) {
      const message = readMessage(item)
      this.messages.set(message.seq, message)
      // Made again, for the reader's own time and for what only a live page can do; what the server marked stays marked.
      const made = messageElement(message, this.page)
      for (const name of ['tabindex', 'aria-current']) {
        if (item.hasAttribute(name)) made.setAttribute(name, item.getAttribute(name))
      }
      item.replaceWith(made)
      this.items.set(message.seq, made)
      this.arrange(made)
    }
  }

  // Shows a message: a new one at its place, one that is there already in place.
  put(message) {
    const known = this.items.get(message.seq)
    const made = messageElement(message, this.page)
    this.messages.set(message.seq, message)
    this.items.set(message.seq, made)
    if (known) replace(known, made)
    else this.insert(made, message.seq)
    this.arrange(made)
    const next = neighbour(made, 'nextElementSibling')
    if (next) this.arrange(next)
    this.list.classList.toggle('long', this.size > LONG)
  }

  putOlder(messages) {
    for (const message of [...messages].reverse()) this.put(message)
  }

  change(seq, changes) {
    const message = this.messages.get(seq)
    if (message) this.put({ ...message, ...changes })
  }

  // Almost always at the end, so it is looked for from there; or, read further back, before everything.
  insert(made, seq) {
    if (seq < this.first) return this.list.prepend(made)
    let before = this.list.lastElementChild
    while (before && !(Number(before.dataset.seq) < seq)) before = before.previousElementSibling
    if (before) before.after(made)
    else this.list.prepend(made)
  }

  // Drops the oldest, but for the newest `most`.
  trim(most) {
    while (this.size > most) this.drop(this.list.firstElementChild)
    if (this.size) this.arrange(this.items.get(this.first))
  }

  // Drops the newest, but for the oldest `most`.
  trimEnd(most) {
    // No day is left behind without a message.
    while (this.size > most || !this.items.has(this.last)) this.drop(this.list.lastElementChild)
  }

  drop(item) {
    const seq = this.seqOf(item)
    item.remove()
    this.messages.delete(seq)
    this.items.delete(seq)
  }

  // Puts a line above everything after message `after`; null takes it away.
  mark(after) {
    if (this.line?.isConnected && after === this.marked) return
    this.line?.remove()
    this.line = null
    this.marked = after
    if (after === null) return
    let first = null
    for (let item = this.list.lastElementChild; item && !(this.seqOf(item) <= after); item = item.previousElementSibling) first = item
    if (!first) return
    this.line = element('li', { id: 'new' }, 'New')
    first.before(this.line)
  }

  // Takes the keyboard to the next message in `direction`; at first, to the newest.
  walk(direction) {
    const from = document.activeElement?.closest?.('.message')
    const to = from && this.list.contains(from) ? neighbour(from, direction) : this.items.get(this.last)
    if (!to) return
    to.tabIndex = -1
    to.focus({ preventScroll: true })
    to.scrollIntoView({ block: 'nearest' })
  }

  // The day above a message, and whether it goes on what its author said just before.
  arrange(item) {
    const above = neighbour(item, 'previousElementSibling')
    const message = this.messages.get(Number(item.dataset.seq))
    const day = dayOf(message)
    const last = above && this.messages.get(Number(above.dataset.seq))
    const sameDay = last && dayOf(last) === day
    item.classList.toggle('again', Boolean(last) && goesOn(message, last))
    const mark = item.previousElementSibling
    const marked = mark?.classList.contains('day')
    if (sameDay && marked) mark.remove()
    if (!sameDay && !marked) {
      item.before(element('li', { class: 'day' }, element('time', { datetime: dateOf(message) }, day)))
    }
  }
}

// What the reader has opened stays open, and where they are with the keyboard.
function replace(known, made) {
  const focused = known.contains(document.activeElement)
  const details = made.querySelector(ORIGINAL)
  if (details && known.querySelector(ORIGINAL)?.open) details.open = true
  known.replaceWith(made)
  if (focused) {
    made.tabIndex = -1
    made.focus({ preventScroll: true })
  }
}

function neighbour(item, direction) {
  let other = item[direction]
  while (other && !other.classList.contains('message')) other = other[direction]
  return other
}
