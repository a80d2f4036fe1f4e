// The reading position: the line above new messages, the button that leads to it, and the end of the log, which remains
// visible for a reader who is there.

import { Badge } from '../notifications/badge.js'
import { byId, handFocus } from '../lib/dom.js'
import { NewerMessages } from './newer_messages.js'
import { OlderMessages } from './older_messages.js'
import { Scroll } from './scroll.js'
import { Unread } from './unread.js'
import { plural } from '../lib/texts.js'

/** @import { Keeper, Message } from '../types.d.ts' */

// Maximum number of messages on the page for a reader at the end; the oldest are removed when there are some more.
const KEPT = 1000
const DROPPED = 100
// Maximum number of messages for a reader who has scrolled up; beyond it, the page loses its end or its beginning.
const MOST = 2000

export class Reader {
  /**
   * @param {object} options
   * @param {import('./log.js').Log} options.log
   * @param {import('../connection/room_http.js').RoomHttp} options.http
   * @param {Keeper} options.seen  the last message seen on earlier visits
   * @param {boolean} options.live  whether the page reaches to the end of the log
   * @param {number} options.last  the newest message of the room
   * @param {(message: Message) => boolean} options.isOwn
   * @param {(unread: number, after: number) => number} options.counted  how many of the unread messages after this one the
   *     title counts
   * @param {() => void} options.onShown  called within each change of the log
   * @param {() => void} options.onBrought  called when older messages are there
   */
  constructor({ log, http, seen, live, last, isOwn, counted, onShown, onBrought }) {
    this.log = log
    this.http = http
    this.live = live
    this.seen = seen
    this.countedInTitle = counted
    this.motion = log.motion
    this.onShown = onShown
    this.onBrought = onBrought
    this.badge = new Badge()
    this.scroll = this.followed()
    this.unread = this.counted(seen, last)
    this.older = new OlderMessages(byId('older'), {
      log,
      scroll: this.scroll,
      address: (before) => http.address({ before }),
      fetchMessages: (query) => http.messages(query),
      onBrought: () => this.brought(),
    })
    this.newer = live ? null : this.offerNewer()
    this.adopt(isOwn)
    if (live) seen.save(String(this.unread.seen))
    byId('below').addEventListener('click', () => this.toUnread())
    document.addEventListener('visibilitychange', () => this.look())
  }

  followed() {
    return new Scroll({
      log: byId('log'),
      list: byId('messages'),
      end: byId('end'),
      mark: () => this.unread.count > 0 && this.log.line,
      onMoved: () => this.look(),
    })
  }

  /**
   * @param {Keeper} seen
   * @param {number} last
   */
  counted(seen, last) {
    return new Unread({
      // Messages on the page around an older one do not count as read.
      seen: this.live ? Number.parseInt(seen.load() ?? '', 10) : NaN,
      last,
      onSeen: (seq) => { if (this.live) seen.save(String(seq)) },
      onChange: () => this.showUnread(),
    })
  }

  // The messages that the server has rendered.
  /** @param {(message: Message) => boolean} isOwn */
  adopt(isOwn) {
    for (const message of this.log.messages.values()) {
      if (isOwn(message)) this.unread.knows(message.seq)
      if (message.removed) this.unread.removed(message.seq)
    }
  }

  /**
   * The initial position: the message of the link, the first new message, or the end.
   *
   * @param {string} [highlight]  the number of that message
   */
  start(highlight) {
    history.scrollRestoration = 'manual'
    this.showUnread()
    const { line, first } = this.log
    const { after } = this.unread
    if (highlight) this.toLinked(byId(`m${Number(highlight)}`))
    else if (this.live) this.scroll.toEnd()
    if (!this.live || !line || after === null || first === null) return
    if (after >= first - 1 && this.scroll.isAbove(line)) this.scroll.toTop(line)
  }

  /** @param {HTMLElement | null} item */
  toLinked(item) {
    item?.scrollIntoView({ block: 'center' })
    this.scroll.settling = null // the previous state of the page would scroll to the end
    // The message may have been rendered again before the browser could focus it.
    if (document.activeElement === document.body) item?.focus({ preventScroll: true })
  }

  // ---- new messages

  /** @param {number} seq */
  isNew(seq) { return seq > this.unread.last }

  // The reader's own message scrolls the log to its end.
  speaks() {
    this.scroll.toEnd()
    this.unread.knows(this.unread.last)
  }

  /**
   * Handles a new message; returns whether it is visible.
   *
   * @param {Message} message
   * @param {{own: boolean, current: boolean, ours: boolean}} how  `current`: it was said just now, and not while the
   *     connection was lost; `ours`: in this window, which has shown it since
   */
  said(message, { own, current, ours }) {
    const inSight = this.live && current && !document.hidden && this.scroll.stays
    if (this.live) this.show(message)
    if (inSight && !ours) this.rise(message.seq)
    if (own) this.unread.knows(message.seq)
    else this.unread.said(message.seq, inSight)
    if (message.removed) this.unread.removed(message.seq)
    return inSight
  }

  /**
   * Handles a repeated message: it was restored, or acknowledged.
   *
   * @param {Message} message
   */
  saidAgain(message) {
    if (!message.removed) this.unread.restored(message.seq)
    if (this.log.messages.has(message.seq)) this.show(message)
  }

  /** @param {Message} message */
  show(message) {
    if (this.log.size >= MOST && !this.log.messages.has(message.seq)) {
      this.leaveEnd()
      return
    }
    this.scroll.follow(() => {
      byId('empty').hidden = true
      this.log.put(message)
      this.onShown()
    })
  }

  /** @param {number} seq */
  rise(seq) {
    const item = this.log.items.get(seq)
    if (item) this.motion.rise(item)
  }

  // The translator has changed: visible messages change from top to bottom.
  wave() { this.motion.wave(this.scroll.inSight()) }

  /**
   * @param {number} seq
   * @param {Partial<Message>} changes
   */
  change(seq, changes) {
    this.scroll.follow(() => this.log.change(seq, changes))
  }

  /**
   * @param {number} seq
   * @param {Partial<Message>} changes  what else is known of it now
   */
  removed(seq, changes) {
    this.unread.removed(seq)
    this.log.unquote(seq)
    this.change(seq, { removed: true, view: null, ...changes })
  }

  // ---- read messages

  // Called whenever other messages may have become visible.
  look() {
    const { atEnd } = this.scroll
    if (this.live && atEnd && this.log.size > KEPT + DROPPED) {
      this.scroll.follow(() => { this.log.trim(KEPT); this.older.show() })
    }
    if (this.live && atEnd && !document.hidden) this.unread.sawAll()
    this.showBar(atEnd)
  }

  showUnread() {
    this.showLine()
    this.badge.show(this.countedInTitle(this.unread.count, this.unread.seen))
    this.showBar(this.scroll.stays)
  }

  showLine() {
    if (this.live) this.log.mark(this.unread.after)
  }

  /** @param {boolean} atEnd */
  showBar(atEnd) {
    const { count } = this.unread
    const bar = byId('below')
    const isNeeded = count > 0 && !(atEnd && this.live)
    if (!isNeeded) handFocus(bar, byId('log'))
    bar.hidden = !isNeeded
    bar.textContent = plural('room.new_message_count', count)
  }

  // Scrolls to the first new message; from there, to the last one.
  toUnread() {
    const { line } = this.log
    if (this.live && line && this.scroll.isBelow(line)) this.scroll.toTop(line)
    else this.toNewest()
  }

  toNewest() {
    if (this.live) this.scroll.toEnd()
    else location.assign(this.http.url)
  }

  brought() {
    this.log.mark(null)
    this.showLine()
    this.onBrought()
    if (this.log.size > MOST) this.leaveEnd()
  }

  // The reader has stayed further up for so long that the page becomes one of older messages.
  leaveEnd() {
    this.live = false
    this.scroll.hold(() => this.log.trimEnd(MOST))
    if (this.newer) this.newer.show()
    else this.newer = this.offerNewer()
  }

  offerNewer() {
    return new NewerMessages(byId('outbox'), {
      log: this.log,
      scroll: this.scroll,
      most: MOST,
      address: (after) => this.http.address({ after }),
      fetchMessages: (query) => this.http.messages(query),
      onBrought: () => this.broughtNewer(),
    })
  }

  broughtNewer() {
    this.older.show()
    this.onBrought()
    if ((this.log.last ?? 0) >= this.unread.last) this.reachEnd()
  }

  // The page has all later messages, and shows new ones again.
  reachEnd() {
    this.live = true
    this.newer?.end()
    this.newer = null
    this.showLine()
    this.seen.save(String(this.unread.seen))
    this.look()
  }
}
