// What was just done to a message, for a while, with a way to take it back.  Later the message itself offers that.

import { Countdown } from '../lib/countdown.js'
import { byId, element, handFocus } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

const SECONDS = 10
const BRIEF = 3

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

  /**
   * @param {number} seq
   * @param {{text: string, erase?: () => void}} what  `erase`: what another button does
   */
  offer(seq, { text, erase }) {
    this.end()
    const button = element('button', { type: 'button', 'aria-label': t('undo.label', { seq }) }, t('undo.undo'))
    button.addEventListener('click', () => { this.end(); this.onUndo(seq) })
    this.seq = seq
    this.place.replaceChildren(text, ' ', button)
    if (erase) {
      const another = element('button', { type: 'button' }, t('undo.erase'))
      another.addEventListener('click', () => { this.end(); erase() })
      this.place.append(another)
    }
    this.countdown = new Countdown(SECONDS, () => this.end())
  }

  /**
   * Something that cannot be taken back.
   *
   * @param {string} text
   */
  say(text) {
    this.end()
    this.place.replaceChildren(text)
    this.countdown = new Countdown(BRIEF, () => this.end())
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
