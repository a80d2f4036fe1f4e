// Keys that belong to an input method, for example for Japanese, Chinese or Korean.  Pure.
//
// Browsers disagree about the last key of a composition.  Chromium and Firefox say `isComposing`.  Safari ends the
// composition first, but still sends the key code 229 (UI Events, section 8.3.3).

// A key within this many milliseconds after the end of a composition is the one that has ended it.
const MOMENT = 100

export class Composition {
  /** @param {EventTarget} target  the field, or something around it */
  constructor(target) {
    /** @type {number | null} */
    this.endedAt = null
    target.addEventListener('compositionend', ({ timeStamp }) => { this.endedAt = timeStamp })
    target.addEventListener('keyup', () => { this.endedAt = null })
  }

  /**
   * Whether a keydown is for the input method, and not for the page.
   *
   * @param {KeyboardEvent} event
   */
  owns(event) {
    const ended = this.endedAt !== null && Math.abs(event.timeStamp - this.endedAt) < MOMENT
    this.endedAt = null
    return event.isComposing || event.keyCode === 229 || ended
  }
}
