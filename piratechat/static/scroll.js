// Keeps the end of the log in view for a reader who is at the end, and leaves
// one who reads further up in peace.

export class Scroll {
  // `log` may scroll by itself or with the page, as the style sheet has it.
  constructor(log, end, button) {
    Object.assign(this, { log, button })
    this.atEnd = true
    new IntersectionObserver(([entry]) => {
      this.atEnd = entry.isIntersecting
      if (this.atEnd) button.hidden = true
    }, { rootMargin: '40px' }).observe(end)
    button.addEventListener('click', () => this.toEnd())
  }

  get scroller() {
    return /auto|scroll/.test(getComputedStyle(this.log).overflowY) ? this.log : document.scrollingElement
  }

  toEnd() {
    this.button.hidden = true
    this.scroller.scrollTop = this.scroller.scrollHeight
  }

  // Runs what adds to the end.
  follow(add) {
    const { atEnd } = this
    add()
    if (atEnd) this.toEnd()
    else this.button.hidden = false
  }

  // Runs what adds above, without moving `mark` under the reader's eyes.
  hold(mark, add) {
    const top = mark.getBoundingClientRect().top
    add()
    this.scroller.scrollBy({ top: mark.getBoundingClientRect().top - top, behavior: 'instant' })
  }
}
