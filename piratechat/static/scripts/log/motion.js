// Animations of messages, except for readers who prefer reduced motion.  The layout does not change: a message is at its
// position immediately, and only painted elsewhere or fainter for a moment.

/** @typedef {{part: string, frames: Keyframe[], duration: number}} Movement  of a part of a message, for so many milliseconds */

const WHOLE = ':scope'
const TEXT = ':scope > .text'
const ORIGINAL = ':scope > .original > div'

/** @type {Movement} */
const RISE = { part: WHOLE, frames: [{ opacity: 0.1, transform: 'translateY(8px)' }, {}], duration: 120 }
/**
 * Not vertically, because positions of messages are measured while texts arrive.
 *
 * @type {Movement}
 */
const WAVE = { part: TEXT, frames: [{ opacity: 0.1, transform: 'translateX(-8px)' }, {}], duration: 120 }
// Milliseconds between two messages of a wave.
const STEP = 20
/** @param {string} part  of a message */
const turnOf = (part) => /** @type {Movement} */ ({
  part, frames: [{ opacity: 0.1, transform: 'perspective(40rem) rotateX(-80deg)', transformOrigin: '50% 0' }, { transformOrigin: '50% 0' }], duration: 150,
})

export class Motion {
  /**
   * The running animations: element, kind, and start.
   *
   * @type {Map<Element, {movement: Movement, delay: number, animation: Animation}>}
   */
  moving = new Map()
  wanted = matchMedia('(prefers-reduced-motion: no-preference)')

  /**
   * A new message appears.
   *
   * @param {Element} item
   */
  rise(item) { this.play(item, RISE) }

  /**
   * The texts of `items` are replaced, from the first to the last.
   *
   * @param {Element[]} items
   */
  wave(items) { for (const [number, item] of items.entries()) this.play(item, WAVE, number * STEP) }

  /**
   * Switches between the translation and the original.
   *
   * @param {Element} item
   * @param {boolean} isOriginal  what is seen then
   */
  turn(item, isOriginal) { this.play(item, turnOf(isOriginal ? ORIGINAL : TEXT)) }

  /**
   * A message was rendered again: its animation continues.
   *
   * @param {Element} known
   * @param {Element} made
   */
  handOver(known, made) {
    const moved = this.moving.get(known)
    if (!moved) return
    const { movement, delay, animation } = moved
    const { currentTime } = animation
    animation.cancel()
    this.play(made, movement, delay, currentTime)
  }

  /**
   * @param {Element} item
   * @param {Movement} movement
   * @param {number} [delay]  in milliseconds
   * @param {CSSNumberish | null} [since]  the milliseconds that it has moved already
   */
  play(item, movement, delay = 0, since = null) {
    const { part, frames, duration } = movement
    const moved = part === WHOLE ? item : item.querySelector(part)
    if (!moved || !this.wanted.matches) return
    this.moving.get(item)?.animation.cancel()
    const animation = moved.animate(frames, { duration, delay, easing: 'ease-out', fill: 'backwards' })
    if (since !== null) animation.currentTime = since
    this.moving.set(item, { movement, delay, animation })
    const end = () => { if (this.moving.get(item)?.animation === animation) this.moving.delete(item) }
    animation.finished.then(end, end)
  }
}
