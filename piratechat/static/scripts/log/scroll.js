// Keeps the end of the log visible for a reader who is at the end, and does not move it for one who has scrolled up.

const NEAR = 40         // pixels from the end that still count as the end
const ABOVE = 40        // pixels above a message that is scrolled to the top

export class Scroll {
  /**
   * @param {object} options
   * @param {HTMLElement} options.log  may scroll by itself or with the page, as the style sheet has it
   * @param {HTMLElement} options.list  is what is in it
   * @param {HTMLElement} options.end
   * @param {() => HTMLElement | false | null} options.mark  an element that is not left behind by following the end
   * @param {() => void} options.onMoved  called when the end came into view or left it, and when a change has been shown
   */
  constructor({ log, list, end, mark, onMoved }) {
    this.log = log
    this.list = list
    this.end = end
    this.mark = mark
    this.onMoved = onMoved
    this.stays = false      // whether to keep the end visible
    /** @type {(() => void) | null} */
    this.settling = null
    new IntersectionObserver(() => onMoved(), { rootMargin: `${NEAR}px` }).observe(end)
    // The composer, and images and fonts that load late, change the height of the visible part.
    const sizes = new ResizeObserver(() => { if (this.stays && !this.settling) this.toEnd() })
    for (const one of [log, list]) sizes.observe(one)
    document.addEventListener('scroll', () => { if (!this.settling) this.stays = this.atEnd }, { capture: true, passive: true })
  }

  get scroller() {
    return /auto|scroll/.test(getComputedStyle(this.log).overflowY) ? this.log : /** @type {Element} */ (document.scrollingElement)
  }

  // The start and the end of the visible part, in pixels from the top of the window.
  get view() {
    if (this.scroller !== this.log) return { top: 0, bottom: window.innerHeight }
    const { top, bottom } = this.log.getBoundingClientRect()
    return { top, bottom }
  }

  get atEnd() { return this.end.getBoundingClientRect().top <= this.view.bottom + NEAR }

  toEnd() {
    const { scroller } = this
    scroller.scrollTop = scroller.scrollHeight
    this.stays = true
  }

  /**
   * Scrolls `item` to the top of the visible part.
   *
   * @param {Element} item
   */
  toTop(item) {
    this.by(item.getBoundingClientRect().top - this.view.top - ABOVE)
    this.stays = this.atEnd
  }

  /** @param {Element} item */
  isAbove(item) { return item.getBoundingClientRect().top < this.view.top }

  /** @param {Element} item */
  isBelow(item) { return item.getBoundingClientRect().top > this.view.bottom }

  /** @param {number} top  in pixels */
  by(top) { this.scroller.scrollBy({ top, behavior: 'instant' }) }

  /**
   * Runs a function that changes the log.  Readers at its end stay there; for others nothing moves.
   * Many changes are combined into one, because each measurement forces a layout.
   *
   * @param {() => void} change
   */
  follow(change) {
    if (!this.settling) {
      this.settling = this.atEnd ? () => this.followEnd() : this.holding(this.firstInView())
      queueMicrotask(() => {
        this.settling?.()
        this.settling = null
        this.onMoved()
      })
    }
    change()
  }

  followEnd() {
    this.toEnd()
    const mark = this.mark()
    if (mark && this.isAbove(mark)) this.toTop(mark)
  }

  /**
   * Runs a function that inserts above, without moving the visible part.  The position of a message's end is preserved,
   * because its author line disappears when the previous message of the author is inserted.
   *
   * @param {() => void} add
   */
  hold(add) {
    const held = this.holding(this.firstInView(), 'bottom')
    add()
    held()
  }

  /**
   * Returns a function that scrolls `mark` back to its current position.
   *
   * @param {HTMLElement | null} mark
   * @param {'top' | 'bottom'} edge
   */
  holding(mark, edge = 'top') {
    if (!mark) return () => {}
    const { id } = mark
    const before = mark.getBoundingClientRect()[edge]
    return () => {
      // It may have been rendered again.
      const now = mark.isConnected ? mark : document.getElementById(id)
      if (now) this.by(now.getBoundingClientRect()[edge] - before)
    }
  }

  // The visible messages, from the top.
  inSight() {
    const { bottom } = this.view
    const found = []
    for (let item = /** @type {Element | null} */ (this.firstInView()); item && item.getBoundingClientRect().top < bottom; item = item.nextElementSibling) {
      if (item instanceof HTMLElement && item.dataset.seq) found.push(item)
    }
    return found
  }

  // A binary search, because there may be thousands.
  firstInView() {
    const { top } = this.view
    const items = this.list.children
    let [from, to] = [0, items.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (items[middle].getBoundingClientRect().bottom > top) to = middle
      else from = middle + 1
    }
    for (let item = /** @type {Element | null} */ (items[from]); item; item = item.nextElementSibling) {
      if (item instanceof HTMLElement && item.dataset.seq) return item
    }
    return null
  }
}
