// Keys that belong to an input method: with them people who write Japanese, Chinese or Korean choose words.  Pure.
//
// Browsers disagree about the last key of a composition.  Chromium and Firefox say `isComposing`.  Safari ends the
// composition first; what it still says is the key code 229 (UI Events, section 8.3.3).

// Milliseconds after the end of a composition within which a key is the one that ended it.
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
