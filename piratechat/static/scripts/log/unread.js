// What of the room has not been seen.  Pure: what was seen before is kept elsewhere.
//
// Messages are numbered without gaps, so two numbers say it all; but nobody has to see those that were removed.

export class Unread {
  /**
   * @param {object} options
   * @param {number} options.seen  the last message seen on earlier visits, NaN on the first
   * @param {number} options.last  the newest of the room
   * @param {(seq: number) => void} [options.onSeen]
   * @param {() => void} [options.onChange]
   */
  constructor({ seen, last, onSeen = () => {}, onChange = () => {} }) {
    this.last = last
    this.onSeen = onSeen
    this.onChange = onChange
    this.gone = new Set()    // numbers of removed messages that have not been seen
    // An older backup may have taken the place of what was seen.
    // biome-ignore lint/complexity/useMathMinMax: NaN, on the first visit, becomes `last`
    this.seen = seen < last ? seen : last
    /**
     * What is new begins after this one; null while nothing has been new.
     *
     * @type {number | null}
     */
    this.after = this.count ? this.seen : null
  }

  get count() { return this.last - this.seen - this.gone.size }

  /**
   * Something was said; `inSight`: where the reader sees it.
   *
   * @param {number} seq
   * @param {boolean} inSight
   */
  said(seq, inSight) {
    if (seq <= this.last) return
    const before = this.count
    this.last = seq
    if (inSight) {
      this.sawAll()
      return
    }
    if (!before) this.after = this.seen
    this.onChange()
  }

  /**
   * The reader knows everything up to this one: they spoke, or begin here.
   *
   * @param {number} seq
   */
  knows(seq) {
    this.last = Math.max(this.last, seq)
    this.after = null
    this.saw(Math.max(this.seen, seq))
    if (this.count) this.after = this.seen
    this.onChange()
  }

  /**
   * A message was removed: it counts no longer, and a line above nothing new goes.
   *
   * @param {number} seq
   */
  removed(seq) {
    if (seq <= this.seen || seq > this.last || this.gone.has(seq)) return
    this.gone.add(seq)
    if (!this.count) this.after = null
    this.onChange()
  }

  /** @param {number} seq */
  restored(seq) {
    if (!this.gone.delete(seq)) return
    this.after ??= this.seen
    this.onChange()
  }

  // What was new stays marked until something else is, or until the reader speaks.
  sawAll() {
    if (this.seen === this.last) return
    this.saw(this.last)
    this.onChange()
  }

  /** @param {number} seq */
  saw(seq) {
    if (seq === this.seen) return
    this.seen = seq
    for (const one of this.gone) if (one <= seq) this.gone.delete(one)
    this.onSeen(seq)
  }
}
