// A countdown that can be paused while the reader is busy.  Pure: the clock is an argument.

/** @import { Clock } from '../types.d.ts' */

/** @type {Clock} */
const timer = {
  now: () => performance.now() / 1000,
  after: (seconds, then) => setTimeout(then, seconds * 1000),
  cancel: (id) => clearTimeout(/** @type {number | undefined} */ (id)),
}

export class Countdown {
  /**
   * Calls onEnd() after `seconds`, not counting pauses.
   *
   * @param {number} seconds
   * @param {() => void} onEnd
   */
  constructor(seconds, onEnd, clock = timer) {
    this.left = seconds
    this.onEnd = onEnd
    this.clock = clock
    this.since = clock.now()
    /** @type {Set<string>} */
    this.holds = new Set()
    this.run()
  }

  run() {
    this.since = this.clock.now()
    this.alarm = this.clock.after(this.left, () => this.onEnd())
  }

  /**
   * Pauses the countdown until every reason to pause has been released.
   *
   * @param {string} why
   */
  hold(why) {
    if (!this.holds.size) {
      this.clock.cancel(this.alarm)
      this.left -= this.clock.now() - this.since
    }
    this.holds.add(why)
  }

  /** @param {string} why */
  release(why) {
    if (this.holds.delete(why) && !this.holds.size) this.run()
  }

  stop() {
    this.clock.cancel(this.alarm)
  }
}
