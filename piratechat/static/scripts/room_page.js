// The live room: what arrives goes to the part that shows it, what is said goes out.

import { Announcer } from './notifications/announcer.js'
import { Badge } from './notifications/badge.js'
import { Composer } from './composer/composer.js'
import { isolated } from './lib/bidi.js'
import { byId, element, tell } from './lib/dom.js'
import { Draft } from './composer/draft.js'
import { Hints } from './ui/hints.js'
import { EventQueue } from './connection/event_queue.js'
import { Shortcuts } from './ui/shortcuts.js'
import { Connection } from './connection/connection.js'
import { Log } from './log/log.js'
import { reconcile } from './connection/reconcile.js'
import { goesOn } from './log/message.js'
import { News } from './notifications/news.js'
import { Notifier } from './notifications/notifier.js'
import { OlderMessages } from './log/older_messages.js'
import { Outbox } from './connection/outbox.js'
import { Presence } from './ui/presence.js'
import { Scroll } from './log/scroll.js'
import { Speech } from './composer/speech.js'
import { OF_ROOMS, keeper, shelf } from './lib/storage.js'
import { Unread } from './log/unread.js'
import { Unsent } from './composer/unsent.js'
import { Views } from './log/views.js'

const STATES = {
  connecting: 'Connecting…', connected: 'Connected', reconnecting: 'Reconnecting…', offline: 'Offline',
}
// Why messages come late.
const DELAYS = {
  tabs: 'Many tabs of this chat are open, so new messages appear here a few seconds late. Close some tabs to speed this up.',
  network: 'This network allows no lasting connection, so new messages appear here a few seconds late.',
}
// Messages on the page of whoever is at the end; some more, and the oldest are dropped.
const KEPT = 1000
const DROPPED = 100
// Messages on the page of whoever reads further up; with more, it no longer reaches to the end.
const MOST = 2000
// Rooms of which the browser remembers what was seen, and what was not said to the end.
const SEEN = 200
const DRAFTS = 20
// Milliseconds after which is asked again for messages that could not be had.
const RETRY = 3000
// The version of our own files, as it is in their addresses.
const OWN_VERSION = import.meta.url.match(/\/(v-[0-9a-f]{12})\//)?.[1]
// Seconds, by a clock that nobody sets.
const now = () => performance.now() / 1000

/** @import { Keeper, LinkState, Message, Page, ServerEvent, Socket, Transport } from './types.d.ts' */

export class RoomPage {
  /**
   * @param {HTMLElement} main
   * @param {(url: string, transport: Transport) => Promise<Socket>} connect
   * @param {object} options
   * @param {typeof import('./owner/owner.js').Owner | null} options.Owner  null for visitors
   * @param {boolean} options.isOther  whether another visitor was here before
   * @param {import('./connection/transports.js').Transports} options.transports
   * @param {(state: LinkState) => void} options.onState
   */
  constructor(main, connect, { Owner, isOther, transports, onState }) {
    const { room = '', url = '', sockjs = '', as = '', lang, you, visitor, last, owner, ownerName, textLimit } = main.dataset
    const form = byId('say')
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem('csrf_token')).value
    const [names, ownerNames] = [you, ownerName].map((name) => new Set(name === undefined ? [] : [name]))
    // The page around an older message is no place for what is said now.
    this.live = main.dataset.window === undefined
    /** @type {Page} */
    this.page = { you, names, owner: owner !== undefined, ownerNames, url, token, lang }
    this.visitor = visitor   // a mark of whoever the server takes us for
    this.renewed = keeper('sessionStorage', 'piratechat:renewed')
    /**
     * The name asked for, and not granted yet.
     *
     * @type {string | null}
     */
    this.wanted = null
    /**
     * Why it will not be.
     *
     * @type {string | null}
     */
    this.refusal = null
    this.target = 0          // the last message we have not caught up with
    this.joined = false
    this.caughtUp = false
    this.transports = transports

    this.link = new Connection({
      transports,
      connect: (transport) => connect(sockjs, transport),
      onOpen: () => this.join(),
      onMessage: (event) => this.dispatch('on', event),
      onClose: () => { this.caughtUp = false; this.outbox.lost(); this.owner?.asking.lost(); this.showUnsent() },
      onState: (state) => { this.showState(state); onState(state) },
    })
    this.log = new Log(byId('messages'), this.page)
    this.views = new Views(byId('views'), { as, lang, log: this.log, page: this.page, send: (object) => this.link.send(object) })
    this.announcer = new Announcer()
    this.notify = new Notifier(byId('notify'), { path: url, title: () => this.title.textContent ?? '' })
    this.news = new News({
      tell: (message) => {
        if (this.live) this.announcer.say(message)
        this.notify.show(message)
      },
      withdraw: (seq) => { this.announcer.withdraw(seq); this.notify.withdraw(seq) },
    })
    this.scroll = new Scroll({
      log: byId('log'),
      list: byId('messages'),
      end: byId('end'),
      mark: () => this.unread.count > 0 && this.log.line,
      onMoved: () => this.look(),
    })
    this.order = new EventQueue({
      last: Number(last),
      apply: (event) => this.dispatch('apply', event),
      fetchPage: (after, before) => this.fetchMessages({ after, before, limit: 200 }),
    })
    this.outbox = new Outbox(keeper('sessionStorage', `piratechat:outbox:${room}`))
    /** @type {Keeper | null} */
    this.left = shelf(keeper('localStorage', OF_ROOMS.unsent), room, DRAFTS)
    this.outbox.adopt(this.left.load())
    this.left.save('')
    if (isOther) this.outbox.disown()
    this.unsent = new Unsent(byId('outbox'), {
      page: this.page,
      onAgain: (nonce) => this.tryAgain(nonce),
      onDrop: (nonce) => { this.outbox.drop(nonce); this.showUnsent() },
    })
    this.composer = new Composer(form, {
      draft: new Draft({
        own: keeper('sessionStorage', `piratechat:draft:${room}`),
        copy: shelf(keeper('localStorage', OF_ROOMS.drafts), room, DRAFTS),
      }),
      limit: Number(textLimit),
      onSay: (text, name) => this.say(text, name),
      onTyping: () => this.link.send({ type: 'typing' }),
    })
    this.presence = new Presence(byId('present'), byId('typing'))
    this.speech = new Speech(this.page.owner, (reason) => this.composer.allow(reason))
    this.owner = Owner && new Owner(main, { page: this.page, log: this.log, send: (object) => this.link.send(object) })
    this.badge = new Badge()
    this.hints = new Hints()
    const seen = shelf(keeper('localStorage', OF_ROOMS.seen), room, SEEN)
    this.unread = new Unread({
      // What is on the page of an older message has not been reached by reading.
      seen: this.live ? Number.parseInt(seen.load() ?? '', 10) : NaN,
      last: Number(last),
      onSeen: (seq) => { if (this.live) seen.save(String(seq)) },
      onChange: () => this.showUnread(),
    })
    this.older = new OlderMessages(byId('older'), {
      log: this.log,
      scroll: this.scroll,
      address: (before) => this.address({ before }),
      fetchMessages: (query) => this.fetchMessages(query),
      onBrought: () => this.brought(),
    })
    this.keys = new Shortcuts(byId('keys'), byId('show-keys'), {
      '/': () => this.composer.text.focus(),
      j: () => this.log.walk('nextElementSibling'),
      k: () => this.log.walk('previousElementSibling'),
      End: () => this.toNewest(),
    })

    // From this message on, this page knows everything; see reconcile.js.
    this.from = this.log.first ?? Number(last) + 1
    for (const message of this.log.messages.values()) {
      this.outbox.settle(message)
      if (this.isOwn(message)) this.unread.knows(message.seq)
      if (message.removed) this.unread.removed(message.seq)
    }
    if (this.live) seen.save(String(this.unread.seen))
    this.start(main.dataset.highlight)
    if (!this.outbox.entries.length) this.composer.askLater()
    window.addEventListener('pagehide', () => this.hideAway())
    window.addEventListener('beforeunload', (event) => { if (!this.isKept) event.preventDefault() })
    byId('below').addEventListener('click', () => this.toUnread())
    document.addEventListener('visibilitychange', () => this.look())
    main.addEventListener('click', (event) => {
      const target = /** @type {Element} */ (event.target)
      if (target.matches('.translate')) this.views.tryAgain(Number(target.closest('.message')?.dataset.seq))
    })
  }

  get title() { return /** @type {HTMLElement} */ (document.querySelector('main h1')) }

  /**
   * Where reading begins: at the message that a link led to, at what is new, or at the end.
   *
   * @param {string} [highlight]  the number of that message
   */
  start(highlight) {
    history.scrollRestoration = 'manual'
    this.showUnsent()
    this.showUnread()
    const { line, first } = this.log
    const { after } = this.unread
    if (highlight) byId(`m${Number(highlight)}`)?.scrollIntoView({ block: 'center' })
    else if (this.live) this.scroll.toEnd()
    if (!this.live || !line || after === null || first === null) return
    if (after >= first - 1 && this.scroll.isAbove(line)) this.scroll.toTop(line)
  }

  // ---- what goes out

  join() {
    this.order.restart()
    // A page that does not show what is new has no use for what came after it.
    const after = this.live || this.joined ? { after: this.order.last } : {}
    // Who has a name is known by the cookie, and may have another one by now.
    this.link.send({ type: 'join', ...after, as: this.views.as, ...(this.wanted && { name: this.wanted }) })
  }

  /**
   * @param {string} text  "" where there is a name to be told only, for what waits
   * @param {string | null} name
   */
  say(text, name) {
    const nameless = this.page.you === undefined
    if (!text && !(nameless && this.outbox.entries.length)) return
    if (nameless && !name) {
      this.composer.refuse('Type your name first.', true)
      return
    }
    if (text) {
      this.outbox.add(text, this.order.last, this.composer.language)
      this.composer.clear()
      this.scroll.toEnd()
      this.unread.knows(this.unread.last)
    }
    if (nameless && name) this.askFor(name)
    else this.pump()
  }

  /**
   * Without a connection the name is asked for by the next one.
   *
   * @param {string} name
   */
  askFor(name) {
    this.wanted = name
    if (this.link.open) this.join()
    this.showUnsent()
  }

  /** @param {string} nonce */
  tryAgain(nonce) {
    this.outbox.again(nonce)
    this.pump()
    if (this.page.you === undefined) this.composer.refuse('Type your name first.', true)
  }

  // Sends what may be sent now.
  pump() {
    const entry = this.caughtUp && this.page.you !== undefined ? this.outbox.next(now()) : null
    if (entry) {
      const { text, nonce, lang } = entry
      if (this.link.send({ type: 'say', text, nonce, lang })) this.outbox.sent(nonce)
    }
    this.showUnsent()
  }

  /**
   * @param {Record<string, number | null>} query
   * @returns {Promise<Message[]>}  ascending
   */
  async fetchMessages(query) {
    const answer = await fetch(this.address(query, '/messages'), { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`messages: ${answer.status}`)
    return (await answer.json()).messages
  }

  // ---- what comes in

  /**
   * Has the method for an event of its type do what is to be done, if there is one.
   *
   * @param {'on' | 'apply'} prefix
   * @param {ServerEvent} event
   */
  dispatch(prefix, event) {
    const method = /** @type {any} */ (this)[`${prefix}_${event.type}`]
    if (typeof method === 'function') method.call(this, event)
  }

  /** @param {ServerEvent} welcome */
  on_welcome({ version, you, visitor, present, owner, last, translators, muted, read_only: readOnly }) {
    this.link.settled()
    if (this.renews(visitor)) return
    this.showVersion(version)
    this.views.know(translators)
    if (!this.live && !this.joined) {
      this.order.last = last
      this.from = last + 1
      this.unread.knows(last)
    }
    this.joined = true
    tell(byId('notice'), '')
    this.presence.set(present)
    this.page.ownerNames.add(owner)
    this.speech.change({ muted, readOnly })
    this.owner?.welcomed(present)
    this.target = last
    if (you) this.named(you)
    else this.unnamed()
    this.checkCaughtUp()
    this.pump()
  }

  /** @param {ServerEvent} event */
  on_gap({ before }) { this.order.gap(before) }
  /** @param {ServerEvent} event */
  on_message(event) { this.order.receive(event) }
  /** @param {ServerEvent} event */
  on_view(event) { this.order.receive(event) }
  /** @param {ServerEvent} event */
  on_removed(event) { this.order.receive(event) }
  on_muted() { this.speech.change({ muted: true }) }
  on_unmuted() { this.speech.change({ muted: false }) }
  /** @param {ServerEvent} event */
  on_named({ you }) { this.named(you) }
  on_logged() { this.owner?.panel.outdated() }
  /** @param {ServerEvent} event */
  on_done(event) { this.owner?.asking.answer(event) }

  /** @param {ServerEvent & {joined?: string[], left?: string[]}} event */
  on_present(event) {
    this.presence.change(event)
    this.owner?.met(event.joined ?? [])
  }

  /** @param {ServerEvent} event */
  on_typing({ author }) {
    if (!this.page.names.has(author)) this.presence.startedTyping(author)
  }

  /** @param {ServerEvent & {title?: string, read_only?: boolean}} event */
  on_room(event) {
    const { title, read_only: readOnly, third_party_translation, owner } = event
    if (owner !== undefined) this.page.ownerNames.add(owner)
    this.owner?.panel.changed(event)
    if (third_party_translation !== undefined) tell(byId('notice'), 'The owner changed what this room can be read as: reload to see it.')
    if (title !== undefined) {
      this.badge.rename(isolated(this.title.textContent ?? ''), isolated(title))
      this.title.textContent = title
    }
    if (readOnly !== undefined) this.speech.change({ readOnly })
  }

  /** @param {ServerEvent} event */
  on_error(event) {
    const { code, message, nonce, retry_after: seconds } = event
    if (this.owner?.asking.answer(event)) return
    if (code === 'muted') this.speech.change({ muted: true })
    if (!nonce) {
      if (this.wanted !== null) this.refuseName(message)
      else tell(byId('notice'), message)
      return
    }
    if (code === 'name-needed') {
      this.outbox.hold(nonce, 0)
      this.page.you = undefined
      this.composer.unnamed(message)
    } else if (code === 'rate-limited' && seconds !== undefined) {
      this.outbox.hold(nonce, now() + seconds)
      setTimeout(() => this.pump(), seconds * 1000 + 50)
    } else {
      this.outbox.fail(nonce, message)
    }
    this.pump()
  }

  // ---- in order

  /** @param {ServerEvent & Message} event */
  apply_message(event) {
    const ours = this.outbox.settle(event)
    this.presence.stoppedTyping(event.author)
    if (!this.live && ours) {
      location.assign(this.page.url)
      return
    }
    this.owner?.undo.restored(event.seq)
    this.owner?.met([event.author])
    const own = this.isOwn(event)
    // What was missed while the connection was lost is new, even to whoever looks.
    const inSight = this.live && this.caughtUp && !document.hidden && this.scroll.stays
    if (event.seq > this.unread.last) {
      if (this.live) this.showMessage(event)
      if (own) this.unread.knows(event.seq)
      else this.unread.said(event.seq, inSight)
      if (event.removed) this.unread.removed(event.seq)
      if (!own && !inSight && !event.removed) this.notify.ring()
      if (!own) this.news.message(event)
    } else {
      if (!event.removed) this.unread.restored(event.seq)
      if (this.log.messages.has(event.seq)) this.showMessage(event)
    }
    this.checkCaughtUp()
    if (ours) this.pump()
  }

  /** @param {Message} message */
  showMessage(message) {
    if (this.log.size >= MOST && !this.log.messages.has(message.seq)) {
      this.leaveEnd()
      return
    }
    this.scroll.follow(() => {
      byId('empty').hidden = true
      this.log.put(message)
      this.showUnsent()
    })
  }

  /** @param {ServerEvent} event */
  apply_view({ seq, as, state, text, links, reason }) {
    if (as !== this.views.as) return
    const view = { as, state, text, links, reason }
    const message = this.log.messages.get(seq)
    if (message?.removed) return
    if (message) this.scroll.follow(() => this.log.change(seq, { view }))
    this.news.viewed(seq, view)
  }

  /** @param {ServerEvent} event */
  apply_removed({ seq }) {
    this.news.removed(seq)
    this.unread.removed(seq)
    this.scroll.follow(() => this.log.change(seq, { removed: true, view: null }))
  }

  // ---- what follows

  // Only who has seen everything can tell what of the outbox has been stored already.
  checkCaughtUp() {
    if (this.caughtUp || !this.link.open || this.order.filling || this.order.last < this.target) return
    this.caughtUp = true
    this.views.askPending()
    this.findStored()
  }

  // Which messages are stored that were under way when a connection broke.
  async findStored() {
    try {
      await reconcile(this.outbox, this.from, (after, before) => this.fetchMessages({ after, before, limit: 200 }))
    } catch {
      setTimeout(() => { if (this.caughtUp) this.findStored() }, RETRY)
    }
    this.pump()
  }

  /**
   * We are called `you`: by what we asked for here or in another window.
   *
   * @param {string} you
   */
  named(you) {
    this.page.you = you
    this.page.names.add(you)
    this.composer.named()
    if (this.refusal !== null) this.composer.clearError()
    this.wanted = this.refusal = null
    this.pump()
  }

  /** @param {string} message */
  refuseName(message) {
    this.refusal = message
    this.composer.refuse(message, true)
  }

  // We have no name: we never had one; it was refused; or the server knows it no more.
  unnamed() {
    if (this.page.you !== undefined) {
      this.page.you = undefined
      this.composer.unnamed('The room does not know your name any more: enter it again.')
    }
    if (this.refusal === null) return
    // One message goes back to where it was written.
    const waiting = this.outbox.entries.filter(({ state }) => state === 'waiting')
    if (waiting.length === 1 && this.composer.giveBack(waiting[0].text)) this.outbox.drop(waiting[0].nonce)
    this.composer.refuse(this.refusal, true)
    this.wanted = this.refusal = null
  }

  /**
   * The server takes us for another visitor than this page is for: our cookie has gone.  A page made now brings
   * another, and asks for a name; what is not said yet is kept.  Returns whether it comes.
   *
   * @param {string} [visitor]  a mark of whoever the server takes us for
   */
  renews(visitor) {
    if (visitor === undefined || visitor === this.visitor) {
      this.renewed.save('')
      return false
    }
    // Twice is once too often: this browser keeps no cookies.
    if (this.renewed.load() === visitor || !this.isKept || !this.renewed.save(visitor)) return false
    this.loadAgain()
    return true
  }

  // ---- what is kept

  // Whether nothing is lost when the page is.
  get isKept() {
    return this.composer.draft.kept && (this.outbox.kept || !this.outbox.entries.length)
  }

  // The window is left, and perhaps closed: another one asks then what is to become of what is not sent.
  hideAway() {
    if (this.outbox.entries.length) this.left?.save(this.outbox.joinedWith(this.left.load()))
  }

  // Nothing of the room stays on this device.
  forget() {
    this.composer.forget()
    this.outbox.save = () => true
    this.left = null
  }

  /** @param {Message} message */
  isOwn({ own, author }) { return own || this.page.names.has(author) }

  // ---- what has been seen

  // Called whenever something else may have come into view.
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
    this.badge.show(this.unread.count)
    this.showBar(this.scroll.stays)
  }

  showLine() {
    if (this.live) this.log.mark(this.unread.after)
  }

  /** @param {boolean} atEnd */
  showBar(atEnd) {
    const { count } = this.unread
    const bar = byId('below')
    bar.hidden = !count || (atEnd && this.live)
    bar.textContent = count === 1 ? '1 new message' : `${count} new messages`
  }

  // To the first of what is new; from there, to the last.
  toUnread() {
    const { line } = this.log
    if (this.live && line && this.scroll.isBelow(line)) this.scroll.toTop(line)
    else this.toNewest()
  }

  toNewest() {
    if (this.live) this.scroll.toEnd()
    else location.assign(this.page.url)
  }

  brought() {
    this.log.mark(null)
    this.showLine()
    this.views.askPending()
    if (this.log.size > MOST) this.leaveEnd()
  }

  // What is further up is read for so long that the page becomes one of the past.
  leaveEnd() {
    this.live = false
    this.scroll.hold(() => this.log.trimEnd(MOST))
    const link = element('a', { href: this.address({ after: this.log.last }) }, 'Newer messages')
    byId('newer')?.remove()
    byId('outbox').after(element('p', { id: 'newer' }, link))
  }

  /**
   * The address of the room, or of what is `below` it, with this query.
   *
   * @param {Record<string, number | null>} query
   */
  address(query, below = '') {
    const values = Object.entries(query).map(([name, value]) => [name, String(value)])
    return `${this.page.url}${below}?${new URLSearchParams([...values, ['as', this.views.as]])}`
  }

  // ---- what is shown beside

  showUnsent() {
    const newest = this.log.messages.get(this.log.last ?? NaN)
    const next = { author: this.page.you ?? '', at: new Date().toISOString() }
    this.scroll.follow(() => this.unsent.show(this.outbox.entries, newest ? goesOn(next, newest) : false))
  }

  // What answers a form cannot be asked for by its address.
  loadAgain() {
    const { pathname, search } = location
    location.replace((/\/messages\/\d+$/.test(pathname) ? pathname : this.page.url) + search)
  }

  /** @param {string} [version]  that of the server's files; none while they are being edited */
  showVersion(version) {
    const isOther = OWN_VERSION && version && version !== OWN_VERSION
    this.hints.show('version', isOther ? 'A new version of the chat is available.' : false,
      { label: 'Reload', act: () => this.loadAgain() })
  }

  /** @param {LinkState} state */
  showState(state) {
    const place = byId('connection')
    // A copy was shown because nothing could be reached: it is offline until something is.
    const shown = document.documentElement.dataset.kept && state !== 'connected' ? 'offline' : state
    tell(place, STATES[shown])
    place.dataset.state = shown
    const { delay } = this.transports
    if (state === 'connected') this.hints.show('delay', delay ? DELAYS[delay] : false)
  }
}
