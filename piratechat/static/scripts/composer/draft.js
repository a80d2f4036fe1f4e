// Drafts: unsent text.  Each window has its own draft, and the room has a copy for the next window.  Pure.
//
// An empty field is stored as well, so that a window does not show the draft of another one.

/** @import { Keeper } from '../types.d.ts' */

// Maximum length of a stored draft in UTF-16 units: browser storage is limited, and shared by all rooms.
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
    // The copy may be the draft of another window.
    else if (this.copy.load() === before) this.copy.save('')
  }

  // The window is hidden, and may be closed; another window may have overwritten the copy.
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
