// What is typed and not said yet.  Each window has its own; the room has a copy, for its next window.  Pure.
//
// A window remembers that its field is empty, too: it does not show what is typed in another.

/** @import { Keeper } from '../types.d.ts' */

// Units of UTF-16 of the longest text that is kept: browsers have little room, and other rooms have drafts as well.
const LONGEST = 100_000

export class Draft {
  /**
   * @param {object} keepers
   * @param {Keeper} keepers.own  this window's
   * @param {Keeper} keepers.copy  the room's
   */
  constructor({ own, copy }) {
    this.own = own
    this.copy = copy
    const kept = own.load()
    this.text = kept === null ? copy.load() ?? '' : read(kept)
    this.kept = true
    if (kept === null && this.text) this.keep()
  }

  /** @param {string} text */
  save(text) {
    const before = this.text
    if (text === before) return
    this.text = text
    this.keep()
    if (text && this.short) this.copy.save(text)
    // The copy may be of what another window has.
    else if (this.copy.load() === before) this.copy.save('')
  }

  // The window is put away, and may be closed: another one has perhaps written over the copy.
  leave() {
    if (this.text && this.short) this.copy.save(this.text)
  }

  get short() { return this.text.length <= LONGEST }

  keep() {
    const saved = this.own.save(JSON.stringify({ text: this.short ? this.text : '' }))
    this.kept = !this.text || (this.short && saved)
  }
}

/** @param {string} text */
function read(text) {
  try {
    const found = JSON.parse(text).text
    return typeof found === 'string' ? found : ''
  } catch {
    return ''
  }
}
