// Notifies readers who have requested it of messages while the page is not visible: by sound, and by notifications.

import { isolated } from '../lib/bidi.js'
import { tell } from '../lib/dom.js'
import { Chime } from './chime.js'
import { OF_ROOMS, keeper, shelf } from '../lib/storage.js'
import { text as t } from '../lib/texts.js'

const PAUSE = 3000      // milliseconds between two sounds
const LETTERS = 200     // maximum length of the text in a notification
const WISHES = 200      // maximum number of rooms with stored notification settings
const MOST = 20         // maximum number of messages that are stored to be shown when newer ones are removed

/** @import { News } from '../types.d.ts' */

export class Notifier {
  /**
   * @param {HTMLElement} place  has two boxes, "sound" and "notification", and "about": what it tells of
   * @param {object} options
   * @param {string} options.path  the room's
   * @param {string} options.room
   * @param {() => string} options.title  what it is called now
   * @param {Pick<Chime, 'play'>} [options.chime]
   * @param {() => number} [options.now]  in milliseconds
   */
  constructor(place, { path, room, title, chime = new Chime(), now = () => performance.now() }) {
    this.path = path
    this.title = title
    this.chime = chime
    this.now = now
    this.tag = `piratechat:${path}`
    this.sound = /** @type {HTMLInputElement} */ (place.querySelector('[name=sound]'))
    this.desktop = /** @type {HTMLInputElement} */ (place.querySelector('[name=notification]'))
    this.about = /** @type {HTMLSelectElement} */ (place.querySelector('[name=about]'))
    this.problem = /** @type {HTMLElement} */ (place.querySelector('[role=status]'))
    this.sounded = -Infinity
    /**
     * The messages that the reader has not seen, the newest last.
     *
     * @type {News[]}
     */
    this.news = []
    /**
     * The notification of this page.
     *
     * @type {Notification | null}
     */
    this.shown = null
    /**
     * The message in the current notification, of this page or of the service worker.
     *
     * @type {News | null}
     */
    this.displayed = null
    this.turn = Promise.resolve()
    this.keep(this.sound, 'piratechat:sound')
    this.keep(this.desktop, 'piratechat:notification')
    if (!this.allowed) this.desktop.checked = false
    const wish = shelf(keeper('localStorage', OF_ROOMS.wishes), room, WISHES)
    this.about.value = wish.load() ?? 'all'
    if (!this.about.value) this.about.value = 'all'
    this.about.addEventListener('change', () => wish.save(this.about.value === 'all' ? '' : this.about.value))
    this.sound.addEventListener('change', () => { if (this.sound.checked) this.chime.play() })
    this.desktop.addEventListener('change', () => this.ask())
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.clear() })
    // A notification of the service worker outlives the page.
    if (!document.hidden) this.clear()
    place.hidden = false
  }

  /**
   * @param {HTMLInputElement} box
   * @param {string} key
   */
  keep(box, key) {
    const kept = keeper('localStorage', key)
    box.checked = kept.load() === 'yes'
    box.addEventListener('change', () => kept.save(box.checked ? 'yes' : ''))
  }

  /** @returns {import('./attention.js').Wish} */
  get wish() { return /** @type {import('./attention.js').Wish} */ (this.about.value) }

  get allowed() { return window.Notification?.permission === 'granted' }

  async ask() {
    tell(this.problem, '')
    if (!this.desktop.checked) return
    if (window.Notification && !this.allowed) await Notification.requestPermission()
    if (this.allowed) return
    this.desktop.click() // switches it off again
    tell(this.problem, window.Notification ? t('notify.blocked') : t('notify.unsupported'))
  }

  // Handles a message that is not visible.
  ring() {
    if (!this.sound.checked || this.now() - this.sounded < PAUSE) return
    this.sounded = this.now()
    this.chime.play()
  }

  /**
   * The text of the notification, in the reader's translation.
   *
   * @param {News} message
   */
  show(message) {
    if (!document.hidden || !this.desktop.checked || !this.allowed) return
    this.news = [...this.news, message].slice(-MOST)
    this.refresh()
  }

  /**
   * The translation of a message has changed: updates its notification.
   *
   * @param {News} message
   */
  update(message) {
    const at = this.news.findIndex(({ seq }) => seq === message.seq)
    if (at < 0) return
    this.news = this.news.with(at, message)
    this.refresh()
  }

  /**
   * A message was removed: the notification shows the previous one, or is closed.
   *
   * @param {number} seq
   */
  withdraw(seq) {
    this.news = this.news.filter((message) => message.seq !== seq)
    this.refresh()
  }

  // The reader sees the room.
  clear() {
    this.news = []
    this.refresh()
  }

  // Changes are performed one after the other, because some take time, and each shows the latest state.
  refresh() {
    this.turn = this.turn.then(() => this.present()).catch(() => {})
    return this.turn
  }

  async present() {
    const { displayed } = this
    if (displayed !== null && !this.shown && !(await this.shownByWorker()).length) {
      // The reader has closed the notification: its message is not shown again.
      this.news = this.news.filter(({ seq }) => seq > displayed.seq)
      this.displayed = null
    }
    const message = this.news.at(-1)
    if (message && message === this.displayed) return
    if (message) await this.display(message)
    else await this.close()
    this.displayed = message ?? null
  }

  /** @param {News} news */
  async display({ author, text }) {
    const letters = [...text]
    const options = {
      body: letters.length > LETTERS ? `${letters.slice(0, LETTERS).join('')}…` : text,
      // One notification per room: a new one replaces the previous one.
      tag: this.tag,
      silent: true,
      data: { room: this.path },
    }
    const heading = `${isolated(author)} · ${isolated(this.title())}`
    try {
      const shown = new Notification(heading, options)
      shown.onclick = () => { window.focus(); this.clear() }
      shown.onclose = () => { if (this.shown === shown) this.shown = null }
      this.shown = shown
    } catch {
      // On Android only the service worker can show notifications; a click on one also opens the room.
      const registration = await navigator.serviceWorker?.getRegistration()
      await registration?.showNotification(heading, options)
    }
  }

  async close() {
    this.shown?.close()
    this.shown = null
    for (const one of await this.shownByWorker()) one.close()
  }

  async shownByWorker() {
    const registration = await navigator.serviceWorker?.getRegistration()
    return await registration?.getNotifications({ tag: this.tag }) ?? []
  }
}

// For a page in a frame of another site, which must not make sounds.
export class Silence {
  /** @type {import('./attention.js').Wish} */
  wish = 'all'

  show() {}

  update() {}

  withdraw() {}

  ring() {}

  clear() {}
}
