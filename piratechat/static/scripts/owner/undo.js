// Offers for a while to put back what was just removed.  Later the message itself offers it.

import { Countdown } from '../lib/countdown.js'
import { byId, element, handFocus } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

const SECONDS = 10

export class Undo {
  /** @type {Countdown | null} */
  countdown = null
  /** @type {number | null} */
  seq = null

  /**
   * @param {HTMLElement} place  is announced when something comes into it
   * @param {(seq: number) => void} onUndo
   */
  constructor(place, onUndo) {
    this.place = place
    this.onUndo = onUndo
    // Whoever points at it or has the keyboard in it has all the time they want.
    place.addEventListener('pointerenter', () => this.countdown?.hold('pointer'))
    place.addEventListener('pointerleave', () => this.countdown?.release('pointer'))
    place.addEventListener('focusin', () => this.countdown?.hold('focus'))
    place.addEventListener('focusout', () => this.countdown?.release('focus'))
  }

  /** @param {number} seq */
  offer(seq) {
    this.end()
    const button = element('button', { type: 'button', 'aria-label': t('undo.label', { seq }) }, t('undo.undo'))
    button.addEventListener('click', () => { this.end(); this.onUndo(seq) })
    this.seq = seq
    this.place.replaceChildren(t('undo.removed'), ' ', button)
    this.countdown = new Countdown(SECONDS, () => this.end())
  }

  /**
   * It was put back some other way.
   *
   * @param {number} seq
   */
  restored(seq) {
    if (seq === this.seq) this.end()
  }

  end() {
    this.countdown?.stop()
    this.countdown = null
    this.seq = null
    handFocus(this.place, byId('log'))
    this.place.replaceChildren()
  }
}
