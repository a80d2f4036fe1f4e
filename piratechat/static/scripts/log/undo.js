// Shows the last action on a message for a while, with a button to undo it.  Later the message itself offers this.

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
    // The countdown is paused while it is hovered or focused.
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
   * An action that cannot be undone.
   *
   * @param {string} text
   */
  say(text) {
    this.end()
    this.place.replaceChildren(text)
    this.countdown = new Countdown(BRIEF, () => this.end())
  }

  /**
   * The action was undone in another way.
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
