// An end of the page with a link to more messages.  When a reader scrolls towards it, they are loaded before the link is
// visible, one page at a time, so that only messages are fetched that somebody scrolls to.

import { byId, handFocus } from '../lib/dom.js'

const NEAR = 600        // pixels from the visible part
const PAUSE = 5000      // milliseconds after a failure in which only a click on the link retries

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
    // The log may scroll by itself or with the page; without support for scrollMargin it loads some pixels later.
    const options = /** @type {IntersectionObserverInit} */ ({ rootMargin: margin, scrollMargin: margin })
    this.observer = new IntersectionObserver((entries) => this.cameNear(entries.some(({ isIntersecting }) => isIntersecting)), options)
    this.observer.observe(place)
    this.stop = new AbortController()
    const listening = { capture: true, passive: true, signal: this.stop.signal }
    document.addEventListener('scroll', () => this.scrolled(), listening)
    // If everything is visible, there is nothing to scroll.
    document.addEventListener('wheel', ({ deltaY }) => this.moves(deltaY), listening)
    this.link.addEventListener('click', (event) => this.click(event))
  }

  // There are no more messages.
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
    // Movements in the other direction are ignored: the browser causes some of them to keep the view in place.
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
      // The observer reports the position of the link again.
      this.observer.unobserve(this.place)
      if (!this.stop.signal.aborted) this.observer.observe(this.place)
    }
  }
}
