// The current translator: its menu, and missing translations of messages on the page.

import { byId, element, handFocus } from '../lib/dom.js'
import { cookie, keeper, remember } from '../lib/storage.js'

// Maximum number of messages per request; the server accepts two hundred.
const CHUNK = 100
// States that are not final.
const UNREADY = new Set(['pending', 'failed'])
// Number of languages that are offered first the next time.
const RECENT = 4

/** @param {Element} link */
const titleOf = (link) => link.querySelector('bdi')?.textContent ?? ''

/**
 * Whether this device translates, as in "device:de" (on_device.js).  The server then sends originals.
 *
 * @param {string} as
 */
const isOnDevice = (as) => as.startsWith('device:')

/** @param {string} as */
const askedFor = (as) => (isOnDevice(as) ? 'original' : as)

/** @import { Keeper, Page, Send } from '../types.d.ts' */

export class Views {
  /**
   * @param {HTMLElement} nav
   * @param {HTMLElement} chip  opens it on narrow screens, and says what is chosen
   * @param {object} options
   * @param {string} options.as  the translator
   * @param {string | undefined} options.lang  its language
   * @param {import('./log.js').Log} options.log
   * @param {() => void} options.onRead  called before all is read in another way
   * @param {Send} options.send
   * @param {Page} options.page
   * @param {(title: string) => void} options.onChosen  called with the title of the translator that was chosen
   * @param {() => {top: number, bottom: number}} options.view  what is in sight of the log, in pixels of the window
   */
  constructor(nav, chip, { as, lang, log, send, page, onRead, onChosen, view }) {
    this.view = view
    this.nav = nav
    this.chip = chip
    this.as = as
    this.log = log
    this.send = send
    this.onRead = onRead
    this.page = page
    this.onChosen = onChosen
    /**
     * The previous translator.
     *
     * @type {string | undefined}
     */
    this.before = undefined
    /** @type {Record<string, string | undefined>} */
    this.targets = { [as]: lang }
    /** @type {(as: string) => void} */
    this.onReadAs = () => {}
    nav.addEventListener('click', (event) => this.choose(event))
    byId('first')?.addEventListener('click', (event) => this.choose(event))
    byId('dismiss')?.addEventListener('click', (event) => this.dismiss(event))
    const beside = byId('beside')
    if (beside) this.offerBeside(beside, keeper('localStorage', 'piratechat:beside'))
  }

  // The language of translated messages, if the translator has one.
  get lang() { return this.targets[this.as] ?? this.as.split(':')[1] }

  // The translator for requests to the server.
  get asked() { return askedFor(this.as) }

  /** @param {{name: string, target?: string}[]} translators */
  know(translators) {
    for (const { name, target } of translators) this.targets[name] = target
  }

  /** @param {MouseEvent} event */
  choose(event) {
    const target = /** @type {Element} */ (event.target)
    const link = /** @type {HTMLAnchorElement | null} */ (target.closest('a[data-view]'))
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    // Without a connection the link is followed normally.
    if (this.readAs(link.dataset.view ?? '')) event.preventDefault()
  }

  /**
   * Returns whether the server was notified.
   *
   * @param {string} as  the translator, with a colon and the language where it offers several
   * @param {boolean} [isChosen]  whether the reader wants that; else it is not remembered
   */
  readAs(as, isChosen = true) {
    // This device translates without a connection, too.
    if (!this.send({ type: 'as', as: askedFor(as) }) && !isOnDevice(as)) return false
    if (as !== this.as) this.before = this.as
    this.as = as
    this.page.lang = this.lang
    this.onReadAs(as)
    for (const link of this.links) {
      const isCurrent = link.dataset.view === as
      if (isCurrent) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
      if (!isCurrent) continue
      const title = titleOf(link)
      this.chip.querySelector('bdi')?.replaceWith(element('bdi', {}, title))
      history.replaceState(null, '', link.href)
      this.onChosen(title)
    }
    if (this.nav.matches(':popover-open')) this.nav.hidePopover()
    this.endFirst()
    if (isChosen) this.remember(as)
    this.readAll()
    return true
  }

  /** @param {string} as */
  remember(as) {
    remember('piratechat-as', askedFor(as))
    if (!askedFor(as).includes(':')) return
    const before = cookie('piratechat-recent').split('.').filter((each) => each && each !== as)
    remember('piratechat-recent', [as, ...before].slice(0, RECENT).join('.'))
  }

  // A reader who dismisses the explanation of translators has chosen the current one.
  /** @param {MouseEvent} event */
  dismiss(event) {
    event.preventDefault()
    this.endFirst()
    remember('piratechat-as', this.asked)
  }

  endFirst() {
    const first = byId('first')
    if (!first) return
    handFocus(first, byId('log'))
    first.remove()
  }

  // Switches between the translation and the original.
  flip() {
    const original = 'original'
    const other = this.as === original ? this.before : original
    const link = [...this.links].find(({ dataset }) => (other ? dataset.view === other : dataset.view !== original))
    if (link) this.readAs(link.dataset.view ?? '')
  }

  get links() {
    return /** @type {NodeListOf<HTMLAnchorElement>} */ (this.nav.querySelectorAll('a[data-view]'))
  }

  // All messages on the page, visible ones first.
  readAll() {
    this.onRead()
    for (const message of [...this.log.messages.values()]) this.log.change(message.seq, { view: null })
    this.ask([...this.log.messages.keys()].sort((one, other) => other - one))
    this.send({ type: 'read', seqs: [], topic: true })
  }

  // Requests translations that were not ready when messages were loaded; failed ones are sent if they succeed later.
  askPending() {
    const pending = [...this.log.messages.values()].filter(({ view }) => view && UNREADY.has(view.state))
    this.ask(pending.map(({ seq }) => seq))
  }

  /**
   * @param {number} seq
   * @param {boolean} anyway  whether it seemed to need no translation
   */
  tryAgain(seq, anyway) {
    if (this.send({ type: 'read', seqs: [seq], again: true, anyway })) this.log.change(seq, { view: { as: this.as, state: 'pending' } })
  }

  // All failed translations.
  tryAll() {
    const failed = [...this.log.messages.values()].filter(({ view }) => view?.state === 'failed').map(({ seq }) => seq)
    if (!this.ask(failed, { again: true })) return
    for (const seq of failed) this.log.change(seq, { view: { as: this.as, state: 'pending' } })
  }

  // The translators to choose from, by their names.
  get titles() { return new Map([.../** @type {NodeListOf<HTMLAnchorElement>} */ (this.nav.querySelectorAll('.rest > ul a[data-view]:not([data-view^=device])'))].map((link) => [link.dataset.view ?? '', titleOf(link)])) }

  /**
   * One message through another translator.
   *
   * @param {number} seq
   * @param {string} as
   */
  readAside(seq, as) {
    if (!this.send({ type: 'read', seqs: [seq], as, again: true, anyway: true })) return
    this.log.change(seq, { aside: { as, state: 'pending', title: this.titles.get(as) ?? as } })
  }

  /**
   * Visible messages are translated first.  Returns whether the server was asked.
   *
   * @param {number[]} seqs
   * @param {{again?: boolean}} [how]
   */
  ask(seqs, how = {}) {
    const { top, bottom } = this.view()
    const isInSight = (/** @type {number} */ seq) => {
      const place = this.log.items.get(seq)?.getBoundingClientRect()
      return place !== undefined && place.bottom > top && place.top < bottom
    }
    const inSight = seqs.filter(isInSight)
    const later = seqs.filter((seq) => !inSight.includes(seq))
    return this.askFor(inSight, how) && this.askFor(later, { ...how, later: true })
  }

  /**
   * @param {number[]} seqs
   * @param {{again?: boolean, later?: boolean}} how
   */
  askFor(seqs, how) {
    for (let at = 0; at < seqs.length; at += CHUNK) {
      if (!this.send({ type: 'read', seqs: seqs.slice(at, at + CHUNK), ...how })) return false
    }
    return true
  }

  /**
   * @param {HTMLElement} place
   * @param {Keeper} kept
   */
  offerBeside(place, kept) {
    const box = /** @type {HTMLInputElement} */ (place.querySelector('input'))
    const show = () => {
      this.page.beside = box.checked
      const all = /** @type {NodeListOf<HTMLDetailsElement>} */ (this.log.list.querySelectorAll('.original:not(.words)'))
      for (const details of all) details.open = box.checked
    }
    box.checked = kept.load() === 'yes'
    place.hidden = false
    box.addEventListener('change', () => { kept.save(box.checked ? 'yes' : ''); show() })
    show()
  }
}
