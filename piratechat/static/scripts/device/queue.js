// The queue of texts to translate on this device, one at a time: visible ones first, newest first.  Pure.

export class Queue {
  /** @type {Set<number>} */
  waiting = new Set()
  isWorking = false

  /**
   * @param {object} options
   * @param {() => Iterable<number>} options.inSight  numbers of what the reader sees
   * @param {(seq: number) => Promise<void>} options.work  never fails
   * @param {() => Promise<unknown>} options.breathe  lets the page do other things between two texts
   */
  constructor({ inSight, work, breathe }) {
    this.inSight = inSight
    this.work = work
    this.breathe = breathe
  }

  /** @param {number} seq */
  add(seq) {
    this.waiting.add(seq)
    if (!this.isWorking) this.run()
  }

  /** @param {number} seq */
  drop(seq) { this.waiting.delete(seq) }

  clear() { this.waiting.clear() }

  async run() {
    this.isWorking = true
    // Waits until all texts of this moment are in the queue, before it chooses the first.
    for (await this.breathe(); this.waiting.size; await this.breathe()) {
      const seq = this.next()
      this.waiting.delete(seq)
      await this.work(seq)
    }
    this.isWorking = false
  }

  next() {
    const seen = [...this.inSight()].filter((seq) => this.waiting.has(seq))
    let next = -Infinity
    for (const seq of seen.length ? seen : this.waiting) if (seq > next) next = seq
    return next
  }
}
