// The log on the page: messages in the order of their numbers, with the days between them.

import { element } from './dom.js'
import { dayOf, goesOn, messageElement, readMessage } from './message.js'

export class Log {
  // `list`: the <ol> that the server filled; `page`: see message.js.
  constructor(list, page) {
    Object.assign(this, { list, page })
    this.messages = new Map()
    this.items = new Map()
    this.adopt()
  }

  get first() { return Math.min(...this.messages.keys()) }

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
  }

  putOlder(messages) {
    for (const message of [...messages].reverse()) this.put(message)
  }

  change(seq, changes) {
    const message = this.messages.get(seq)
    if (message) this.put({ ...message, ...changes })
  }

  // Almost always at the end, so it is looked for from there.
  insert(made, seq) {
    let before = this.list.lastElementChild
    while (before && !(Number(before.dataset.seq) < seq)) before = before.previousElementSibling
    if (before) before.after(made)
    else this.list.prepend(made)
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
      item.before(element('li', { class: 'day' }, element('time', { datetime: message.at.slice(0, 10) }, day)))
    }
  }
}

// What the reader has opened stays open, and where they are with the keyboard.
function replace(known, made) {
  const focused = known.contains(document.activeElement)
  const details = made.querySelector('.original')
  if (details && known.querySelector('.original')?.open) details.open = true
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
