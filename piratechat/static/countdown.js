// Time that runs out, and stands still while somebody is busy.  Pure: the clock is given to it.

const timer = {
  now: () => performance.now() / 1000,
  after: (seconds, then) => setTimeout(then, seconds * 1000),
  cancel: (id) => clearTimeout(id),
}

export class Countdown {
  // Calls onEnd() after `seconds` in which it was not held.
  constructor(seconds, onEnd, clock = timer) {
    Object.assign(this, { left: seconds, onEnd, clock, holds: new Set() })
    this.run()
  }

  run() {
    this.since = this.clock.now()
    this.alarm = this.clock.after(this.left, () => this.onEnd())
  }

  // Stands still until all who hold it let go.
  hold(why) {
    if (!this.holds.size) {
      this.clock.cancel(this.alarm)
      this.left -= this.clock.now() - this.since
    }
    this.holds.add(why)
  }

  release(why) {
    if (this.holds.delete(why) && !this.holds.size) this.run()
  }

  stop() {
    this.clock.cancel(this.alarm)
  }
}
