// Tells who asked for it of what others say while they do not look: by a sound, by a notification.

import { tell } from './dom.js'
import { Chime } from './sound.js'
import { keeper } from './store.js'

const PAUSE = 3000      // milliseconds between two sounds
const LETTERS = 200     // of a message that a notification shows
const REFUSED = 'Your browser does not let this site show notifications: allow it in the settings of the site, beside its address, and try again.'
const UNABLE = 'This browser has no notifications.'

export class Notify {
  // `place` has two boxes, "sound" and "notification".  `path`: the room's; `title()`: what it is called now.
  constructor(place, { path, title, chime = new Chime(), now = () => performance.now() }) {
    Object.assign(this, { path, title, chime, now, tag: `piratechat:${path}` })
    this.sound = place.querySelector('[name=sound]')
    this.desktop = place.querySelector('[name=notification]')
    this.problem = place.querySelector('[role=status]')
    this.sounded = -Infinity
    this.shown = null
    this.keep(this.sound, 'piratechat:sound')
    this.keep(this.desktop, 'piratechat:notification')
    if (!this.allowed) this.desktop.checked = false
    this.sound.addEventListener('change', () => { if (this.sound.checked) this.chime.play() })
    this.desktop.addEventListener('change', () => this.ask())
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.close() })
    place.hidden = false
  }

  keep(box, key) {
    const kept = keeper('localStorage', key)
    box.checked = kept.load() === 'yes'
    box.addEventListener('change', () => kept.save(box.checked ? 'yes' : ''))
  }

  get allowed() { return window.Notification?.permission === 'granted' }

  async ask() {
    tell(this.problem, '')
    if (!this.desktop.checked) return
    if (window.Notification && !this.allowed) await Notification.requestPermission()
    if (this.allowed) return
    this.desktop.click() // and it is forgotten
    tell(this.problem, window.Notification ? REFUSED : UNABLE)
  }

  // Somebody said something that is not in sight.
  ring() {
    if (!this.sound.checked || this.now() - this.sounded < PAUSE) return
    this.sounded = this.now()
    this.chime.play()
  }

  // What somebody said, as the reader reads it.
  async show(author, text) {
    if (!document.hidden || !this.desktop.checked || !this.allowed) return
    const letters = [...text]
    const options = {
      body: letters.length > LETTERS ? `${letters.slice(0, LETTERS).join('')}…` : text,
      // One for each room: the next takes the place of the last.
      tag: this.tag,
      silent: true,
      data: { room: this.path },
    }
    const heading = `${author} · ${this.title()}`
    try {
      this.shown = new Notification(heading, options)
      this.shown.onclick = () => { window.focus(); this.close() }
    } catch {
      // Android shows only what the service worker shows, which brings the room to the front, too.
      const registration = await navigator.serviceWorker?.getRegistration()
      await registration?.showNotification(heading, options)
    }
  }

  async close() {
    this.shown?.close()
    this.shown = null
    const registration = await navigator.serviceWorker?.getRegistration()
    for (const one of await registration?.getNotifications({ tag: this.tag }) ?? []) one.close()
  }
}
