// Unread messages.  Pure: the stored reading position is an argument.
//
// Messages are numbered without gaps, so two numbers are sufficient; removed messages do not count.

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
    this.gone = new Set()    // numbers of removed unread messages
    // After a back-up was restored, the last number may be lower.
    // biome-ignore lint/complexity/useMathMinMax: NaN, on the first visit, becomes `last`
    this.seen = seen < last ? seen : last
    /**
     * New messages begin after this number; null if there were none.
     *
     * @type {number | null}
     */
    this.after = this.count ? this.seen : null
  }

  get count() { return this.last - this.seen - this.gone.size }

  /**
   * Handles a new message; `inSight`: whether the reader sees it.
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
   * The reader has read everything up to this number: by posting, or because the page begins here.
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
   * A message was removed: it no longer counts, and a line without new messages below it disappears.
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

  // New messages remain marked until there are others, or until the reader posts.
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
