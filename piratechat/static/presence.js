// Who is here, and who is typing.

import { element } from './dom.js'

const TYPING = 4000     // milliseconds for which a sign of typing is shown

export class Presence {
  constructor(list, typing) {
    Object.assign(this, { list, typing })
    this.items = new Map()
    this.typists = new Map()
  }

  set(names) {
    this.items.clear()
    this.list.replaceChildren()
    this.change({ joined: names })
  }

  // One name at a time: there may be thousands.
  change({ joined = [], left = [] }) {
    for (const name of left) {
      this.stoppedTyping(name)
      this.items.get(name)?.remove()
      this.items.delete(name)
    }
    for (const name of joined) {
      if (this.items.has(name)) continue
      const item = element('li', {}, element('bdi', {}, name))
      this.items.set(name, item)
      this.list.append(item)
    }
  }

  startedTyping(name) {
    clearTimeout(this.typists.get(name))
    this.typists.set(name, setTimeout(() => this.stoppedTyping(name), TYPING))
    this.showTyping()
  }

  stoppedTyping(name) {
    clearTimeout(this.typists.get(name))
    if (this.typists.delete(name)) this.showTyping()
  }

  showTyping() {
    const names = [...this.typists.keys()]
    this.typing.textContent = names.length === 0 ? ''
      : names.length === 1 ? `${names[0]} is typing…`
        : names.length < 4 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are typing…`
          : 'Several people are typing…'
  }
}
