// The offline copy of a room, for reading without a network, until the reader leaves the room.  The service worker stores
// it (service_worker.js); this class sends it the content.

import { BASE, ours } from '../lib/base.js'
import { byId, tell } from '../lib/dom.js'
import { dayOf, readMessage } from '../log/message.js'
import { text as t } from '../lib/texts.js'
import { tellWorker } from './worker.js'

const NEWEST = 50           // number of messages in a copy
const PAUSE = 1000          // milliseconds between a change and saving it
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
    // At the first visit there was no service worker that could store the page.  A worker that became active while the page
    // was loaded has not stored it either, and detects this when it receives the messages.
    this.served = Boolean(navigator.serviceWorker?.controller)
    this.kept = this.states()
    if (this.keptAt) this.showSaid()
  }

  // After an update of the chat a new worker takes over, and the previous one receives no more messages.
  get worker() { return this.registration?.active }

  // The time when this copy was stored, as an ISO date; undefined if the page is not a copy.
  get keptAt() { return document.documentElement.dataset.kept }

  /** @param {boolean} isOther  whether what is kept was another visitor's */
  async start(isOther) {
    try {
      await navigator.serviceWorker.register(`${BASE}/sw.js`)
      this.registration = await navigator.serviceWorker.ready
    } catch {
      return // only secure pages have service workers
    }
    if (isOther) this.ask({ forgetAll: true })
    if (!this.keptAt) this.ask({ current: this.epoch })
    if (isOther || !this.served) this.keep()
    this.changed() // the room may have been live before the worker was ready
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
    // The stored page still contains messages that were removed, erased or edited since.
    if (this.isOutdated()) this.keep()
  }

  // Without a worker nothing is saved; the changes remain pending until the worker is ready.
  keep() {
    if (!this.current || !this.worker) return
    this.kept = this.states()
    this.ask({ keep: this.path, files: files() })
  }

  // The pending changes of each message.
  states() {
    return new Map([...this.log.messages.values()].map((message) => [message.seq, stateOf(message)]))
  }

  // Whether the copy differs from the page.  A message that has left the page counts, because its removal would not be
  // reported later.
  isOutdated() {
    const { messages } = this.log
    return [...messages.values()].some((message) => stateOf(message) !== (this.kept.get(message.seq) ?? ''))
      || [...this.kept.keys()].some((seq) => !messages.has(seq))
  }

  // This page is a copy: adds messages that were stored after it.
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

  // The network is back: updates the messages of the copy, and the tokens of its forms.
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
      // Events that have arrived meanwhile are newer than the page.
      if (shown && before.get(message.seq) === stateOf(shown)) this.log.put(message)
    }
    this.keep()
  }

  /**
   * A back-up of the database was restored: deletes copies of the previous database.
   *
   * @param {string} epoch  that of the database now
   */
  restored(epoch) {
    this.ask({ current: epoch })
    this.left = true
  }

  // Resolves when the copy of the room is deleted.
  forget() {
    const done = this.ask({ forget: this.path })
    this.left = true
    return done
  }

  /**
   * Resolves when the worker has finished; undefined if there is no worker.
   *
   * @param {object} what  see service_worker.js
   * @returns {Promise<unknown> | undefined}
   */
  ask(what) {
    const { worker } = this
    return !worker || this.left ? undefined : tellWorker(worker, what)
  }
}

// The URLs of the files that the page has loaded.
const files = () => performance.getEntriesByType('resource').map(({ name }) => name)

/**
 * The form fields with the CSRF token.
 *
 * @param {Document} page
 */
function tokensIn(page) {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (page.querySelectorAll('input[name=csrf_token]'))]
}

/** @param {Message} message */
const stateOf = ({ removed, erased, edited }) => (erased ? 'erased' : removed ? 'removed' : edited ?? '')

/**
 * The text of removed messages is not stored, even if the reader may see it.
 *
 * @param {Message} message
 */
function withoutRemoved({ text, view, removed_text: _words, ...message }) {
  return message.removed || message.erased ? { ...message, text: '' } : { ...message, text, view }
}
