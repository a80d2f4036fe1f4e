// The live room: what arrives goes to the part that shows it, what is said goes out.

import { Announcer } from './announcer.js'
import { Composer } from './composer.js'
import { byId, tell } from './dom.js'
import { InOrder } from './inorder.js'
import { Link } from './link.js'
import { Log } from './log.js'
import { bringOlder } from './older.js'
import { Outbox } from './outbox.js'
import { Owner } from './owner.js'
import { Presence } from './presence.js'
import { Scroll } from './scroll.js'
import { Speech } from './speech.js'
import { keeper } from './store.js'
import { Unread } from './unread.js'
import { Unsent } from './unsent.js'
import { Views } from './views.js'

const STATES = {
  connecting: 'Connecting…', connected: 'Connected', reconnecting: 'Reconnecting…', offline: 'Offline',
}
const ABOUT_NAMES = ['name-needed', 'name-taken']
const now = () => Date.now() / 1000

export class RoomPage {
  constructor(main, connect) {
    const { room, url, sockjs, as, lang, you, last, owner, ownerName } = main.dataset
    // The page around an older message is no place for what is said now.
    this.live = main.dataset.window === undefined
    this.page = { you, owner: owner !== undefined, ownerName, url, token: byId('say').elements.namedItem('csrf_token').value }
    this.asking = null       // the text that waits until we have a name
    this.name = null         // the one chosen on this page; an older one is known by the cookie
    this.target = 0          // the last message we have not caught up with

    this.link = new Link({
      connect: () => connect(sockjs),
      onOpen: () => this.join(),
      onMessage: (event) => this[`on_${event.type}`]?.(event),
      onClose: () => { this.caughtUp = false; this.outbox.lost(); this.owner?.asking.lost(); this.showUnsent() },
      onState: (state) => this.showState(state),
    })
    this.page.lang = lang
    this.log = new Log(byId('messages'), this.page)
    this.views = new Views(byId('views'), { as, lang, log: this.log, page: this.page, send: (object) => this.link.send(object) })
    this.announcer = new Announcer()
    this.scroll = new Scroll(byId('log'), byId('end'), byId('below'))
    this.order = new InOrder({
      last: Number(last),
      apply: (event) => this[`apply_${event.type}`](event),
      fetchPage: (after, before) => this.fetchMessages({ after, before, limit: 200 }),
    })
    this.outbox = new Outbox(keeper('sessionStorage', `piratechat:outbox:${room}`))
    this.unsent = new Unsent(byId('outbox'), {
      page: this.page,
      onAgain: (nonce) => { this.outbox.again(nonce); this.pump() },
      onDrop: (nonce) => { this.outbox.drop(nonce); this.showUnsent() },
    })
    this.composer = new Composer(byId('say'), {
      drafts: keeper('localStorage', `piratechat:draft:${room}`),
      onSay: (text, name) => this.say(text, name),
      onTyping: () => this.link.send({ type: 'typing' }),
    })
    this.presence = new Presence(byId('present'), byId('typing'))
    this.unread = new Unread()
    this.speech = new Speech(this.page.owner, (reason) => this.composer.allow(reason))
    this.owner = this.page.owner ? new Owner(main, { page: this.page, log: this.log, send: (object) => this.link.send(object) }) : null

    for (const message of this.log.messages.values()) this.outbox.settle(message, you)
    this.showUnsent()
    if (byId('older')) bringOlder(byId('older'), { ...this, fetchMessages: (query) => this.fetchMessages(query) })
    if (main.dataset.highlight) byId(`m${main.dataset.highlight}`)?.scrollIntoView({ block: 'center' })
    else if (this.live) this.scroll.toEnd()
    main.addEventListener('click', ({ target }) => {
      if (target.matches('.translate')) this.views.tryAgain(Number(target.closest('.message').dataset.seq))
    })
  }

  // ---- what goes out

  join() {
    this.order.restart()
    // A page that does not show what is new has no use for what came after it.
    const after = this.live || this.joined ? { after: this.order.last } : {}
    this.link.send({ type: 'join', ...after, as: this.views.as, ...(this.name && { name: this.name }) })
  }

  say(text, name) {
    if (this.page.you === undefined) {
      if (!name) return this.composer.refuse('Type your name first.', true)
      this.asking = text
      if (!this.link.send({ type: 'join', after: this.order.last, as: this.views.as, name })) {
        this.asking = null
        this.composer.refuse('Not connected: try again in a moment.')
      }
      return
    }
    this.outbox.add(text, this.order.last, this.composer.language)
    this.composer.clear()
    this.pump()
    this.scroll.toEnd()
  }

  // Sends what may be sent now.
  pump() {
    const entry = this.caughtUp && this.outbox.next(now())
    if (entry) {
      const { text, nonce, lang } = entry
      if (this.link.send({ type: 'say', text, nonce, lang })) this.outbox.sent(nonce)
    }
    this.showUnsent()
  }

  async fetchMessages(query) {
    const answer = await fetch(`${this.page.url}/messages?${new URLSearchParams({ ...query, as: this.views.as })}`,
      { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`messages: ${answer.status}`)
    return (await answer.json()).messages
  }

  // ---- what comes in

  on_welcome({ you, present, last, translators, silenced, read_only: readOnly }) {
    this.link.settled()
    this.views.know(translators)
    if (!this.live && !this.joined) this.order.last = last
    this.joined = true
    tell(byId('notice'), '')
    this.presence.set(present)
    this.speech.change({ silenced, readOnly })
    this.owner?.welcomed(present)
    this.target = last
    if (you) this.named(you)
    this.checkCaughtUp()
  }

  on_gap({ before }) { this.order.gap(before) }
  on_message(event) { this.order.receive(event) }
  on_view(event) { this.order.receive(event) }
  on_removed(event) { this.order.receive(event) }
  on_silenced() { this.speech.change({ silenced: true }) }
  on_forgiven() { this.speech.change({ silenced: false }) }
  on_deed() { this.owner?.panel.outdated() }
  on_done(event) { this.owner?.asking.answer(event) }

  on_present(event) {
    this.presence.change(event)
    this.owner?.met(event.joined)
  }

  on_typing({ author }) {
    if (author !== this.page.you) this.presence.startedTyping(author)
  }

  on_room(event) {
    const { title, read_only: readOnly, online } = event
    this.owner?.panel.changed(event)
    if (online !== undefined) tell(byId('notice'), 'The owner changed what this room can be read as: reload to see it.')
    if (title !== undefined) {
      const heading = document.querySelector('main h1')
      this.unread.rename(heading.textContent, title)
      heading.textContent = title
    }
    if (readOnly !== undefined) this.speech.change({ readOnly })
  }

  on_error(event) {
    const { code, message, nonce, retry_after: seconds } = event
    if (this.owner?.asking.answer(event)) return
    if (code === 'silenced') this.speech.change({ silenced: true })
    if (this.asking !== null && (!nonce || ABOUT_NAMES.includes(code))) {
      this.asking = null
      return this.composer.refuse(message, ABOUT_NAMES.includes(code))
    }
    if (!nonce) return tell(byId('notice'), message)
    if (code === 'rate-limited' && seconds !== undefined) {
      this.outbox.hold(nonce, now() + seconds)
      setTimeout(() => this.pump(), seconds * 1000 + 50)
    } else {
      this.outbox.fail(nonce, message)
    }
    this.pump()
  }

  // ---- in order

  apply_message(event) {
    const ours = this.outbox.settle(event, this.page.you)
    this.presence.stoppedTyping(event.author)
    if (!this.live) {
      if (ours) location.assign(this.page.url)
      return
    }
    const fresh = !this.log.messages.has(event.seq)
    this.owner?.undo.restored(event.seq)
    this.owner?.met([event.author])
    const show = () => { byId('empty').hidden = true; this.log.put(event); this.showUnsent() }
    if (fresh) this.scroll.follow(show)
    else show()
    if (fresh && event.author !== this.page.you) {
      this.unread.said()
      this.announcer.message(event)
    }
    this.checkCaughtUp()
    if (ours) this.pump()
  }

  apply_view({ seq, as, state, text, reason }) {
    if (as !== this.views.as || !this.log.messages.has(seq)) return
    const show = () => this.log.change(seq, { view: { as, state, text, reason } })
    // A text that grows in place must not push the end out of sight.
    if (this.scroll.atEnd) this.scroll.follow(show)
    else show()
    this.announcer.viewed(this.log.messages.get(seq))
  }

  apply_removed({ seq }) { this.log.change(seq, { removed: true, view: null }) }

  // ---- what follows

  // Only who has seen everything can tell what of the outbox has been stored already.
  checkCaughtUp() {
    if (this.caughtUp || !this.link.open || this.order.filling || this.order.last < this.target) return
    this.caughtUp = true
    this.views.askPending()
    this.pump()
  }

  named(you) {
    this.page.you = you
    this.composer.named()
    if (this.asking === null) return
    this.name = you
    const text = this.asking
    this.asking = null
    this.say(text)
  }

  showUnsent() {
    const { atEnd } = this.scroll
    this.unsent.show(this.outbox.entries)
    if (atEnd && this.live) this.scroll.toEnd()
  }

  showState(state) {
    const place = byId('connection')
    tell(place, STATES[state])
    place.dataset.state = state
  }
}
