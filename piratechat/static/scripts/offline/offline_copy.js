// What stays of a room on this device: for reading where there is no network, until its
// reader leaves.  Keeping is the service worker's work (service_worker.js); this tells it what and when.

import { BASE, ours } from '../lib/base.js'
import { byId, tell } from '../lib/dom.js'
import { dayOf, readMessage } from '../log/message.js'
import { text as t } from '../lib/texts.js'
import { tellWorker } from './worker.js'

const NEWEST = 50           // messages that are kept
const PAUSE = 1000          // milliseconds between what changed and its being kept
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** @import { LinkState, Message } from '../types.d.ts' */

export class OfflineCopy {
  /** @type {ServiceWorkerRegistration | undefined} */
  registration
  /** @type {number | undefined} */
  timer
  /** Whether it is left, or of a database that is gone: nothing is kept from then on. */
  left = false

  /**
   * @param {string} path  the room's
   * @param {string} epoch  the database that the page is of
   * @param {import('../log/log.js').Log} log
   * @param {boolean} current  whether it goes on to the end of what was said
   */
  constructor(path, epoch, log, current) {
    this.path = path
    this.epoch = epoch
    this.log = log
    this.current = current
    this.live = false
    // Visitors who come for the first time were served by no worker, which would have kept the page.  One that took
    // over while the page was loaded did not keep it either: it finds out when it is told what was said.
    this.served = Boolean(navigator.serviceWorker?.controller)
    this.kept = this.states()
    if (this.keptAt) this.showSaid()
  }

  // An update of the chat has the next worker take over, and the one before hears nothing any more.
  get worker() { return this.registration?.active }

  // When the page was kept that this is a copy of: an ISO date; undefined if it is none.
  get keptAt() { return document.documentElement.dataset.kept }

  /** @param {boolean} isOther  whether what is kept was another visitor's */
  async start(isOther) {
    try {
      await navigator.serviceWorker.register(`${BASE}/sw.js`)
      this.registration = await navigator.serviceWorker.ready
    } catch {
      return // browsers have workers on secure pages only; the others keep nothing
    }
    if (isOther) this.ask({ forgetAll: true })
    if (!this.keptAt) this.ask({ current: this.epoch })
    if (isOther || !this.served) this.keep()
    this.changed() // the room may have been live before there was a worker to keep it
    new MutationObserver(() => this.changed()).observe(this.log.list, { childList: true })
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.save() })
  }

  /** @param {LinkState} state  that of the link to the room */
  stateChanged(state) {
    this.save() // before it is no longer live
    this.live = state === 'connected'
    if (this.live) this.changed()
    if (this.live && this.keptAt) this.renew()
  }

  changed() {
    this.timer ??= setTimeout(() => this.save(), PAUSE)
  }

  save() {
    clearTimeout(this.timer)
    this.timer = undefined
    if (!this.live || !this.current) return
    const messages = [...this.log.messages.values()].sort((one, other) => one.seq - other.seq).slice(-NEWEST)
    const said = { epoch: this.epoch, at: new Date().toISOString(), messages: messages.map(withoutRemoved) }
    this.ask({ said: this.path, ...said, files: files() })
    // The page that is kept has still what was removed, erased or edited since.
    if (this.isOutdated()) this.keep()
  }

  // Without a worker nothing is done, nor taken for done: it is kept when the worker is ready.
  keep() {
    if (!this.current || !this.worker) return
    this.kept = this.states()
    this.ask({ keep: this.path, files: files() })
  }

  // What was done to each message.
  states() {
    return new Map([...this.log.messages.values()].map((message) => [message.seq, stateOf(message)]))
  }

  // The worker may have kept more than was here when it was asked to.  Of a message that has left the page nobody would
  // hear that it is gone.
  isOutdated() {
    const { messages } = this.log
    return [...messages.values()].some((message) => stateOf(message) !== (this.kept.get(message.seq) ?? ''))
      || [...this.kept.keys()].some((seq) => !messages.has(seq))
  }

  // This is a copy: what was said after it was made is known, too.
  async showSaid() {
    const kept = await caches.match(this.path, { cacheName: ours(`said-${this.epoch}`) })
    const { at, messages } = kept ? await kept.json() : { at: this.keptAt, messages: [] }
    if (!this.keptAt) return
    for (const message of messages) this.log.put(message)
    byId('empty').hidden = this.log.messages.size > 0
    const day = dayOf({ at })
    const time = clock.format(new Date(at))
    const isToday = day === dayOf({ at: new Date().toISOString() })
    tell(byId('notice'), isToday ? t('offline.copy', { time }) : t('offline.copy_of_day', { day, time }))
  }

  // The network is back: what changed meanwhile in what the copy shows, and forms that will be accepted.
  async renew() {
    delete document.documentElement.dataset.kept
    const before = this.states()
    const answer = await fetch(this.path, { headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const [token] = tokensIn(page).map((field) => field.value)
    if (!answer.ok || !token || page.querySelector('main')?.dataset.epoch !== this.epoch) return
    this.log.page.token = token
    for (const field of tokensIn(document)) field.value = token
    for (const item of page.querySelectorAll('#messages .message')) {
      const message = readMessage(item)
      const shown = this.log.messages.get(message.seq)
      // What an event has told meanwhile is newer than the page.
      if (shown && before.get(message.seq) === stateOf(shown)) this.log.put(message)
    }
    this.keep()
  }

  /**
   * The database was put back to a back-up: what is kept of the time before is of no use.
   *
   * @param {string} epoch  that of the database now
   */
  restored(epoch) {
    this.ask({ current: epoch })
    this.left = true
  }

  // Resolves when nothing of the room is kept any more.
  forget() {
    const done = this.ask({ forget: this.path })
    this.left = true
    return done
  }

  /**
   * Resolves when the worker has done it; undefined if there is none to ask.
   *
   * @param {object} what  see service_worker.js
   * @returns {Promise<unknown> | undefined}
   */
  ask(what) {
    const { worker } = this
    return !worker || this.left ? undefined : tellWorker(worker, what)
  }
}

// The addresses of what the page has loaded.
const files = () => performance.getEntriesByType('resource').map(({ name }) => name)

/**
 * The fields with the token of forms.
 *
 * @param {Document} page
 */
function tokensIn(page) {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (page.querySelectorAll('input[name=csrf_token]'))]
}

/** @param {Message} message */
const stateOf = ({ removed, erased, edited }) => (erased ? 'erased' : removed ? 'removed' : edited ?? '')

/**
 * Nothing is kept of what was removed, also where its reader may see it.
 *
 * @param {Message} message
 */
function withoutRemoved({ text, view, removed_text: _words, ...message }) {
  return message.removed || message.erased ? { ...message, text: '' } : { ...message, text, view }
}
