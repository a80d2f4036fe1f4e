// Offers for a while to put back what was just removed.  Later the message itself offers it.

import { Countdown } from './countdown.js'
import { element } from './dom.js'

const SECONDS = 10

export class Undo {
  // `place` is announced when something comes into it.  Called back: onUndo(seq).
  constructor(place, onUndo) {
    Object.assign(this, { place, onUndo })
    // Whoever points at it or has the keyboard in it has all the time they want.
    place.addEventListener('pointerenter', () => this.countdown?.hold('pointer'))
    place.addEventListener('pointerleave', () => this.countdown?.release('pointer'))
    place.addEventListener('focusin', () => this.countdown?.hold('focus'))
    place.addEventListener('focusout', () => this.countdown?.release('focus'))
  }

  offer(seq) {
    this.end()
    const button = element('button', { type: 'button', 'aria-label': `Undo: put message ${seq} back` }, 'Undo')
    button.addEventListener('click', () => { this.end(); this.onUndo(seq) })
    this.seq = seq
    this.place.replaceChildren('Removed. ', button)
    this.countdown = new Countdown(SECONDS, () => this.end())
  }

  // It was put back some other way.
  restored(seq) {
    if (seq === this.seq) this.end()
  }

  end() {
    this.countdown?.stop()
    this.countdown = this.seq = null
    this.place.replaceChildren()
  }
}
