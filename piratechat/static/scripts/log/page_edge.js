// An end of the page beyond which there are more messages: a link leads there.  For readers who scroll towards it they
// are brought before the link is in view; each time once, so that nothing is fetched that nobody moves to.

import { byId, handFocus } from '../lib/dom.js'

const NEAR = 600        // pixels from what is in view
const PAUSE = 5000      // milliseconds after a failure in which only the link tries again

export class PageEdge {
  /**
   * @param {HTMLElement} place  with the link in it
   * @param {object} options
   * @param {-1 | 1} options.direction  -1: above
   * @param {import('./scroll.js').Scroll} options.scroll
   * @param {() => Promise<void>} options.load
   */
  constructor(place, { direction, scroll, load }) {
    this.place = place
    this.link = /** @type {HTMLAnchorElement} */ (place.querySelector('a'))
    this.direction = direction
    this.scroll = scroll
    this.load = load
    this.isNear = false
    this.isWanted = false
    this.isBusy = false
    this.pausedUntil = 0
    this.top = scroll.scroller.scrollTop
    const margin = `${NEAR}px 0px`
    // The log may scroll by itself or with the page; browsers that do not know scrollMargin are some pixels later.
    const options = /** @type {IntersectionObserverInit} */ ({ rootMargin: margin, scrollMargin: margin })
    this.observer = new IntersectionObserver((entries) => this.cameNear(entries.some(({ isIntersecting }) => isIntersecting)), options)
    this.observer.observe(place)
    this.stop = new AbortController()
    const listening = { capture: true, passive: true, signal: this.stop.signal }
    document.addEventListener('scroll', () => this.scrolled(), listening)
    // Where everything is in view, nothing scrolls.
    document.addEventListener('wheel', ({ deltaY }) => this.moves(deltaY), listening)
    this.link.addEventListener('click', (event) => this.click(event))
  }

  // There is nothing more.
  end() {
    this.stop.abort()
    this.observer.disconnect()
    handFocus(this.place, byId('log'))
    this.place.remove()
  }

  /** @param {boolean} isNear */
  cameNear(isNear) {
    this.isNear = isNear
    this.look()
  }

  scrolled() {
    const { scrollTop } = this.scroll.scroller
    this.moves(scrollTop - this.top)
    this.top = scrollTop
  }

  /** @param {number} by */
  moves(by) {
    // Moves the other way do not count: some are the browser's, which keeps in place what is in view.
    if (Math.sign(by) === this.direction) this.isWanted = true
    this.look()
  }

  look() {
    if (!this.isWanted || !this.isNear || this.isBusy || performance.now() < this.pausedUntil) return
    this.bring().catch(() => { this.pausedUntil = performance.now() + PAUSE })
  }

  /** @param {MouseEvent} event */
  click(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (!this.isBusy) this.bring().catch(() => window.location.assign(this.link.href))
  }

  async bring() {
    this.isBusy = true
    this.link.setAttribute('aria-busy', 'true')
    try {
      await this.load()
    } finally {
      this.link.removeAttribute('aria-busy')
      this.isBusy = false
      this.isWanted = false
      this.isNear = false
      this.top = this.scroll.scroller.scrollTop
      // It tells again where the link is.
      this.observer.unobserve(this.place)
      if (!this.stop.signal.aborted) this.observer.observe(this.place)
    }
  }
}
