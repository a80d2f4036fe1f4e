// The live room: passes events of the protocol to the parts of the page, and actions on the page to the protocol.

import { Composer } from './composer/composer.js'
import { Draft } from './composer/draft.js'
import { Speech } from './composer/speech.js'
import { Unsent } from './composer/unsent.js'
import { Connection } from './connection/connection.js'
import { Outbox } from './connection/outbox.js'
import { RoomHttp } from './connection/room_http.js'
import { RoomProtocol } from './connection/room_protocol.js'
import { isolated } from './lib/bidi.js'
import { byId, element, tell } from './lib/dom.js'
import { OF_ROOMS, isFramed, keeper, ofEpoch, shelf } from './lib/storage.js'
import { actionsFor, lastToEdit } from './log/actions.js'
import { HiddenPeople } from './log/hidden_people.js'
import { Log } from './log/log.js'
import { goesOn } from './log/message.js'
import { MessageCommands } from './log/message_commands.js'
import { Motion } from './log/motion.js'
import { Peek } from './log/peek.js'
import { reactionsAfter } from './log/reactions.js'
import { Reader } from './log/reader.js'
import { Toolbar } from './log/toolbar.js'
import { Views } from './log/views.js'
import { Announcer } from './notifications/announcer.js'
import { Attention } from './notifications/attention.js'
import { News } from './notifications/news.js'
import { Notifier, Silence } from './notifications/notifier.js'
import { ConnectionStatus } from './ui/connection_status.js'
import { Hints } from './ui/hints.js'
import { LanguageChooser } from './ui/language_chooser.js'
import { Pins } from './ui/pins.js'
import { Presence } from './ui/presence.js'
import { Search } from './ui/search.js'
import { Shortcuts } from './ui/shortcuts.js'
import { Topic } from './ui/topic.js'
import { text as t } from './lib/texts.js'

// Maximum number of rooms with a stored reading position, and with a stored draft.
const SEEN = 200
const DRAFTS = 20
// Maximum number of rooms with hidden people.
const HIDING = 100
// The version of the chat's own files in their URLs.
const OWN_VERSION = import.meta.url.match(/\/(v-[0-9a-f]{12})\//)?.[1]

/** @import { Clock, Keeper, LinkState, Message, Page, RoomEffects, ServerEvent, Socket, Transport, View, Whisper } from './types.d.ts' */

/**
 * A clock that is not affected when the computer's clock is set.
 *
 * @type {Clock<number>}
 */
const clock = {
  now: () => performance.now() / 1000,
  after: (seconds, then) => setTimeout(then, seconds * 1000),
  cancel: (timer) => clearTimeout(timer ?? undefined),
}

/**
 * @param {HTMLElement} main
 * @param {HTMLFormElement} form  of the composer
 * @returns {Page}
 */
function pageOf(main, form) {
  const { room = '', url = '', lang, you, owner, ownerName } = main.dataset
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem('csrf_token')).value
  const [names, ownerNames] = [you, ownerName].map((name) => new Set(name === undefined ? [] : [name]))
  const hidden = new HiddenPeople(shelf(keeper('localStorage', OF_ROOMS.hidden), room, HIDING))
  return { you, names, owner: owner !== undefined, ownerNames, url, token, lang, hidden }
}

export class RoomPage {
  /** @type {import('./device/translated_room.js').OnDevice | undefined} */
  device

  /**
   * @param {HTMLElement} main
   * @param {(url: string, transport: Transport) => Promise<Socket>} connect
   * @param {object} options
   * @param {typeof import('./owner/owner.js').Owner | null} options.Owner  null for visitors
   * @param {boolean} options.isOther  whether another visitor was here before
   * @param {boolean} options.isRestored  whether a back-up has taken the place of what was here before
   * @param {import('./rooms/switcher.js').Switcher | null} options.switcher  null in a frame
   * @param {import('./connection/transports.js').Transports} options.transports
   * @param {(state: LinkState) => void} options.onState
   * @param {(epoch: string) => void} options.onRestored  called when the server has another database than the page
   */
  constructor(main, connect, { Owner, isOther, isRestored, switcher, transports, onState, onRestored }) {
    const { room = '', sockjs = '', as = '', lang, visitor, textLimit } = main.dataset
    const last = Number(main.dataset.last)
    const { epoch = '', rev } = main.dataset
    // The page around an older message does not show new messages.
    const live = main.dataset.window === undefined
    this.title = /** @type {HTMLElement} */ (document.querySelector('main h1'))
    this.page = pageOf(main, byId('say'))
    this.http = new RoomHttp(this.page.url, () => this.views.asked, epoch)
    const motion = new Motion()
    this.log = new Log(byId('messages'), this.page, motion)
    this.views = new Views(byId('views'), byId('show-views'), {
      as, lang, log: this.log, page: this.page, send: (command) => this.link.send(command), onRead: () => this.reader.wave(),
      view: () => this.reader.scroll.view,
      onChosen: (title) => { this.announcer.tell(t('room.now_read_as', { title: isolated(title) })); this.pins.readAgain() },
    })
    const others = byId('other-views')
    if (others) new LanguageChooser(this.views.nav, others)
    this.presence = new Presence(byId('present'), byId('typing'), byId('people-count'), byId('people-pile'), byId('more-here'))
    this.hints = new Hints()
    this.status = new ConnectionStatus(this.hints, transports)
    this.announcer = new Announcer()
    const notify = byId('notify')
    this.notify = notify ? new Notifier(notify, { path: this.page.url, room, title: () => this.title.textContent ?? '' }) : new Silence()
    this.attention = new Attention({
      wish: () => this.notify.wish,
      names: this.page.names,
      isOwn: (seq) => { const message = this.log.messages.get(seq); return message !== undefined && this.isOwn(message) },
    })
    this.news = this.newsOf()
    this.outbox = new Outbox(keeper('sessionStorage', `piratechat:outbox:${room}`))
    /** @type {Keeper | null} */
    this.left = shelf(keeper('localStorage', OF_ROOMS.unsent), room, DRAFTS)
    this.takeUp(this.left, isOther)
    this.reader = this.readerOf(room, { live, last, epoch })
    this.onRestored = onRestored
    if (isRestored) this.tellRestored()
    this.link = new Connection({
      transports,
      connect: (transport) => connect(sockjs + this.protocol.query(transport), transport),
      onOpen: () => this.protocol.opened(),
      onAnswer: () => this.protocol.answered(),
      onMessage: (event) => this.protocol.received(event),
      onClose: () => this.protocol.closed(),
      onState: (state) => { this.status.show(state); onState(state) },
    })
    this.protocol = this.protocolOf({ visitor, live, last, rev: Number(rev), epoch })
    this.owner = Owner && new Owner({ page: this.page, ask: (command) => this.protocol.ask(command) })
    this.commands = new MessageCommands(main, {
      page: this.page,
      log: this.log,
      ask: (command) => this.protocol.ask(command),
      composer: () => this.composer,
      translators: () => this.views.titles,
      onReadAside: (seq, name) => this.views.readAside(seq, name),
      onHide: (name) => this.hide(name),
      onNameless: () => this.askForName(),
    })
    this.topic = new Topic(byId('topic'), this.page)
    this.pins = new Pins(byId('pins'), { log: this.log, http: this.http })
    this.unsent = new Unsent(byId('outbox'), {
      page: this.page,
      motion,
      onAgain: (nonce) => this.sayAgain(nonce),
      onDrop: (nonce) => this.protocol.discard(nonce),
    })
    this.composer = this.composerOf(room, Number(textLimit))
    this.speech = new Speech(this.page.owner, (reason) => this.allow(reason))
    this.search = new Search(byId('to-search'), { http: this.http, goTo: (seq) => this.goToFound(seq) })
    this.keys = this.shortcuts(switcher)
    this.peek = new Peek(this.log.list, motion, this.reader.scroll)
    this.toolbar = new Toolbar(this.log, {
      actions: (message) => actionsFor(message, this.powersOver(message)),
      act: (action, message, at) => this.commands.act(action, message, at),
    })
    this.log.onPut = (seq) => { this.toolbar.shownAgain(seq); this.pins.shownAgain(seq) }
    this.editTime = Number(main.dataset.editTime)
    this.listen(main)
    this.showUnsent()
    this.reader.start(main.dataset.highlight)
    // In a frame, shortcuts belong to the embedding page.
    if (!isFramed && !main.dataset.highlight && this.page.you !== undefined) this.composer.begin()
  }

  // ---- its parts

  newsOf() {
    return new News({
      tell: (news, message) => {
        if (this.live) this.announcer.say(news)
        if (this.attention.wants(message)) this.notify.show(news)
      },
      update: (news) => { this.announcer.update(news); this.notify.update(news) },
      readIn: () => this.page.lang,
      withdraw: (seq) => { this.announcer.withdraw(seq); this.notify.withdraw(seq) },
    })
  }

  /**
   * The entries of closed windows, except for messages that the page already shows.
   *
   * @param {Keeper} left
   * @param {boolean} isOther
   */
  takeUp(left, isOther) {
    this.outbox.adopt(left.load())
    left.save('')
    if (isOther) this.outbox.disown()
    for (const message of this.log.messages.values()) this.outbox.settle(message)
  }

  /**
   * @param {string} room
   * @param {{live: boolean, last: number, epoch: string}} log
   */
  readerOf(room, { live, last, epoch }) {
    return new Reader({
      log: this.log,
      http: this.http,
      seen: shelf(ofEpoch(keeper('localStorage', OF_ROOMS.seen), epoch), room, SEEN),
      live,
      last,
      isOwn: (message) => this.isOwn(message),
      counted: (unread, after) => this.attention.count(unread, after),
      onShown: () => this.showUnsent(),
      onBrought: () => this.views.askPending(),
    })
  }

  /** @param {{visitor: string | undefined, live: boolean, last: number, rev: number, epoch: string}} page */
  protocolOf({ visitor, live, last, rev, epoch }) {
    return new RoomProtocol({
      send: (command) => this.link.send(command),
      fetchMessages: (query) => this.http.messages(query),
      clock,
      outbox: this.outbox,
      view: () => this.views.asked,
      effects: this.effects(),
      reloadedFor: keeper('sessionStorage', 'piratechat:renewed'),
      you: this.page.you,
      visitor,
      live,
      last,
      rev,
      epoch,
      first: this.log.first,
    })
  }

  /**
   * @param {string} room
   * @param {number} limit
   */
  composerOf(room, limit) {
    return new Composer(byId('say'), {
      draft: new Draft({
        own: keeper('sessionStorage', `piratechat:draft:${room}`),
        copy: shelf(keeper('localStorage', OF_ROOMS.drafts), room, DRAFTS),
      }),
      limit,
      names: () => this.namesToMention(),
      onSay: (text, name, replyTo) => this.say(text, name, replyTo),
      onEdit: (seq, text, lang) => this.protocol.ask({ type: 'edit', seq, text, lang }) ?? Promise.reject({ message: t('error.not_connected') }),
      onEditLast: () => this.editLast(),
      onTyping: () => this.link.send({ type: 'typing' }),
    })
  }

  /** @param {import('./rooms/switcher.js').Switcher | null} switcher */
  shortcuts(switcher) {
    return new Shortcuts(byId('keys'), byId('show-keys'), {
      '/': () => this.composer.text.focus(),
      j: () => this.log.walk('nextElementSibling'),
      k: () => this.log.walk('previousElementSibling'),
      t: () => this.views.flip(),
      r: () => this.atHand('reply'),
      e: () => this.atHand('edit'),
      x: () => this.atHand('react'),
      f: () => this.search.open(),
      m: () => this.toolbar.open(),
      // Without other rooms the key has no function.
      get g() { return switcher?.isShown ? () => switcher.go() : undefined },
      End: () => this.reader.toNewest(),
    }, () => this.composer.text)
  }

  /** @param {HTMLElement} main */
  listen(main) {
    window.addEventListener('pagehide', () => this.hideAway())
    window.addEventListener('beforeunload', (event) => { if (!this.isKept) event.preventDefault() })
    main.addEventListener('click', (event) => {
      const target = /** @type {Element} */ (event.target)
      const seq = Number(target.closest('.message')?.dataset.seq)
      if (target.matches('.translate')) this.views.tryAgain(seq, target.matches('.anyway'))
      if (target.matches('.translate-all')) this.views.tryAll()
      if (target.matches('.aside > .close')) this.log.change(seq, { aside: undefined })
      if (target.matches('.unhide')) this.unhide(target.closest('.message')?.dataset.author ?? '')
      if (target.closest('.reply a')) this.jump(/** @type {MouseEvent} */ (event), Number(target.closest('.reply')?.dataset.to))
    })
    byId('notify')?.addEventListener('change', () => this.reader.showUnread())
  }

  // Whether the page reaches the end of the log.
  get live() { return this.reader.live }

  // ---- sending

  /**
   * @param {string} text  "" where there is a name to be told only, for what waits
   * @param {string | null} name
   * @param {number} [replyTo]  the message that it answers
   */
  say(text, name, replyTo) {
    const nameless = this.page.you === undefined
    if (!text && !(nameless && this.outbox.entries.length)) return
    if (nameless && !name) {
      this.askForName()
      return
    }
    if (text) {
      this.composer.clear()
      this.reader.speaks()
    }
    this.protocol.say(text, { lang: this.composer.language, replyTo, name: nameless ? name : null })
  }

  /** @param {string} nonce */
  sayAgain(nonce) {
    this.protocol.sayAgain(nonce)
    if (this.page.you === undefined) this.askForName()
  }

  /**
   * The actions that this reader may perform on a message.
   *
   * @param {Message} message
   */
  powersOver(message) {
    return { owner: this.page.owner, own: this.isOwn(message), speaks: !this.composer.form.hidden, editTime: this.editTime, now: performance.timeOrigin + performance.now() }
  }

  // The hovered or focused message.
  /** @param {import('./log/actions.js').Action} action */
  atHand(action) {
    const { message, bar } = this.toolbar
    if (message && actionsFor(message, this.powersOver(message)).includes(action)) this.commands.act(action, message, bar)
  }

  editLast() {
    const all = [...this.log.messages.values()].sort((one, other) => one.seq - other.seq)
    const last = lastToEdit(all, (message) => this.powersOver(message))
    if (last) this.composer.edit(last)
  }

  // Other people, the latest authors first.
  namesToMention() {
    const authors = [...this.log.messages.values()].sort((one, other) => other.seq - one.seq).map(({ author }) => author)
    return [...authors, ...this.presence.names].filter((name) => name && !this.page.names.has(name))
  }

  /** @param {string} name */
  hide(name) {
    this.page.hidden.hide(name)
    this.showAgain(name)
    this.commands.undo.say(t('hidden.done'))
  }

  /** @param {string} name */
  unhide(name) {
    this.page.hidden.show(name)
    this.showAgain(name)
  }

  /** @param {string} name */
  showAgain(name) {
    this.reader.scroll.hold(() => {
      for (const { seq, author } of [...this.log.messages.values()]) if (author === name) this.log.change(seq, {})
    })
  }

  /**
   * Jumps to the message that another one replies to, with a link back.
   *
   * @param {MouseEvent} event
   * @param {number} seq
   */
  jump(event, seq) {
    const from = /** @type {Element} */ (event.target).closest('.message')
    const item = this.log.items.get(seq)
    if (!item || !from || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.goTo(item)
    this.offerWayBack(t('reply.jumped'), t('reply.back'), () => this.goBackTo(from.id))
  }

  /**
   * Jumps to a found message, with a link back; returns false if the log does not have it.
   *
   * @param {number} seq
   */
  goToFound(seq) {
    const item = this.log.items.get(seq)
    if (!item) return false
    const { scroll } = this.reader
    const goBack = scroll.atEnd ? () => scroll.toEnd() : scroll.holding(scroll.firstInView())
    this.goTo(item)
    this.offerWayBack(t('search.jumped'), t('search.return'), goBack)
    return true
  }

  /**
   * @param {string} where  the reader is now
   * @param {string} label
   * @param {() => void} goBack
   */
  offerWayBack(where, label, goBack) {
    // An existing link leads to the earlier position.
    this.hints.show('back', false)
    this.hints.show('back', where, { label, act: () => { this.hints.show('back', false); goBack() } })
  }

  /** @param {string} id  of a message, which may be gone by now */
  goBackTo(id) {
    const item = byId(/** @type {`m${number}`} */ (id))
    if (item) this.goTo(item)
  }

  /** @param {HTMLElement} item */
  goTo(item) {
    item.tabIndex = -1
    item.scrollIntoView({ block: 'center' })
    item.focus({ preventScroll: true })
  }

  askForName() { this.composer.refuse(t('error.name_empty'), true) }

  // ---- events of the protocol

  /** @returns {RoomEffects} */
  effects() {
    return {
      settled: () => this.link.settled(),
      isKept: () => this.isKept,
      reload: () => this.loadAgain(),
      outdated: () => this.offerReload('outdated', t('page.outdated')),
      restored: (epoch) => { this.notify.clear(); this.onRestored(epoch) },
      unrecognized: () => { if (isFramed) this.speech.change({ unknown: true }) },
      welcomed: (welcome) => this.welcomed(welcome),
      startsAt: (seq) => this.reader.unread.knows(seq),
      caughtUp: () => this.views.askPending(),
      outboxChanged: () => this.showUnsent(),
      said: (message, how) => this.said(this.log.reads(message), how),
      viewed: (event) => this.viewed(event),
      removed: (seq, by) => this.gone(seq, { by }),
      erased: (seq) => this.gone(seq, { erased: true, text: '', reactions: [] }),
      reacted: (event) => this.reacted(event),
      pinned: (seqs) => this.pinned(seqs),
      named: (you, wasRejected) => this.named(you, wasRejected),
      nameless: (message) => this.nameless(message ?? t('room.name_forgotten')),
      nameRejected: (message) => this.composer.refuse(message, true),
      giveBack: (text) => this.composer.giveBack(text),
      permissions: (changes) => this.speech.change(changes),
      roomChanged: (changes) => this.roomChanged(changes),
      present: (present) => this.met(present),
      typing: (author) => { if (!this.page.names.has(author)) this.presence.startedTyping(author) },
      whispered: (whisper) => this.whispered(whisper),
      logged: () => this.owner?.panel.outdated(),
      notice: (message) => tell(byId('notice'), message),
      busy: (message) => { this.views.readAs('original', false); tell(byId('notice'), message) },
    }
  }

  /** @param {string | null} reason  why nothing can be said now */
  allow(reason) {
    this.composer.allow(reason)
    const tab = byId('own-tab')
    if (tab && this.speech.unknown) byId('reason').append(' ', element('a', { href: tab.href, target: '_blank', rel: 'noopener' }, t('frame.own_tab')))
  }

  /** @param {ServerEvent} welcome */
  welcomed(welcome) {
    const { version, present, here, owner, translators, muted, read_only: readOnly } = welcome
    this.showVersion(version)
    this.views.know(translators)
    tell(byId('notice'), '')
    this.presence.set(present, here)
    this.page.ownerNames.add(owner)
    this.speech.change({ muted, readOnly })
    this.topic.set(welcome)
    if (welcome.pinned) this.pinned(welcome.pinned)
    this.owner?.welcomed(present)
  }

  /**
   * @param {Message} message
   * @param {{ours: boolean, current: boolean}} how
   */
  said(message, { ours, current }) {
    this.presence.stoppedTyping(message.author)
    if (!this.live && ours) {
      this.protocol.end()
      location.assign(this.page.url)
      return
    }
    this.commands.undo.restored(message.seq)
    this.owner?.met([message.author])
    if (this.reader.isNew(message.seq)) this.saidNew(message, { current, ours })
    else this.saidAgain(message)
  }

  /** @param {Whisper} whisper */
  whispered(whisper) {
    if (!this.live || this.page.hidden.has(whisper.author)) return
    this.reader.scroll.follow(() => this.log.whisper(whisper))
    this.announcer.say(this.news.read({ ...whisper, seq: 0 }))
  }

  /**
   * Handles a repeated message: it was edited, restored or acknowledged.
   *
   * @param {Message} message
   */
  saidAgain(message) {
    const isSilent = this.isOwn(message) || this.page.hidden.has(message.author)
    const isNews = !isSilent && message.mentioned?.some((name) => this.page.names.has(name))
    if (isNews) this.newMention(message)
    else this.news.changed(message)
    this.reader.saidAgain(this.withKnown(message))
  }

  /**
   * @param {Message} message
   * @param {{ours: boolean, current: boolean}} how
   */
  saidNew(message, how) {
    const own = this.isOwn(message)
    const isSilent = own || this.page.hidden.has(message.author)
    if (!isSilent && !(this.live && this.reader.scroll.stays && !document.hidden)) this.attention.note(message)
    const inSight = this.reader.said(message, { own, ...how })
    if (isSilent) return
    if (!inSight && !message.removed && this.attention.wants(message)) this.notify.ring()
    this.news.message(message)
  }

  /**
   * An edit has added a mention of the reader.
   *
   * @param {Message} message
   */
  newMention(message) {
    this.news.removed(message.seq)
    this.news.message(message)
    if (!document.hidden) return
    this.attention.note(message)
    this.reader.showUnread()
    if (this.attention.wants(message)) this.notify.ring()
  }

  /**
   * Returns a repeated message, with fields that events for all readers do not have.
   *
   * @param {Message} message
   * @returns {Message}
   */
  withKnown(message) {
    const known = this.log.messages.get(message.seq)
    if (!known) return message
    const { reactions = [] } = message
    return { ...message, own: known.own, byOwner: known.byOwner, reactions: reactionsAfter(known.reactions ?? [], { reactions }, this.page.names) }
  }

  /**
   * @param {number} seq
   * @param {Partial<Message>} changes
   */
  gone(seq, changes) {
    this.news.removed(seq)
    this.attention.removed(seq)
    this.composer.gone(seq)
    this.pins.drop(seq)
    this.search.drop(seq)
    this.reader.removed(seq, changes)
  }

  /** @param {ServerEvent} event */
  reacted({ seq, reactions, changed }) {
    const message = this.log.messages.get(seq)
    if (message) this.reader.change(seq, { reactions: reactionsAfter(message.reactions ?? [], { reactions, changed }, this.page.names) })
  }

  /** @param {number[]} seqs */
  pinned(seqs) {
    for (const { seq, pinned = false } of [...this.log.messages.values()]) {
      if (pinned !== seqs.includes(seq)) this.reader.change(seq, { pinned: !pinned })
    }
    this.pins.set(seqs)
  }

  /** @param {View & {seq?: number}} event  without a number it is of the topic */
  viewed({ seq, as, state, text, links, reason, anyway, by }) {
    const view = { as, state, text, links, reason, anyway, by }
    const aside = seq === undefined ? undefined : this.log.messages.get(seq)?.aside
    if (seq !== undefined && aside && aside.as === as) this.log.change(seq, { aside: { ...view, title: aside.title } })
    if (as !== this.views.as) return
    if (seq === undefined) {
      this.topic.read(view)
      return
    }
    const message = this.log.messages.get(seq)
    if (message?.removed) return
    if (message) this.reader.change(seq, { view })
    this.news.viewed(seq, view)
  }

  /** @param {{joined?: string[], left?: string[], names?: string[], here?: number}} present */
  met(present) {
    if (present.names) this.presence.set(present.names, present.here)
    else this.presence.change(present)
    this.owner?.met(present.joined ?? present.names ?? [])
  }

  /** @param {ServerEvent & {title?: string, read_only?: boolean}} changes */
  roomChanged(changes) {
    const { title, read_only: readOnly, third_party_translation, owner } = changes
    if (owner !== undefined) this.page.ownerNames.add(owner)
    this.owner?.panel.changed(changes)
    if (third_party_translation !== undefined) tell(byId('notice'), t('room.translations_changed'))
    if (title !== undefined) this.rename(title)
    this.topic.set(changes)
    if (readOnly !== undefined) this.speech.change({ readOnly })
  }

  /** @param {string} title */
  rename(title) {
    this.reader.badge.rename(isolated(this.title.textContent ?? ''), isolated(title))
    this.title.textContent = this.title.title = title
    this.composer.text.placeholder = t('composer.placeholder', { room: isolated(title) })
  }

  /**
   * @param {string} you
   * @param {boolean} wasRejected  whether the page says why another name was
   */
  named(you, wasRejected) {
    this.page.you = you
    this.page.names.add(you)
    this.composer.named()
    if (wasRejected) this.composer.clearError()
  }

  /** @param {string} message */
  nameless(message) {
    this.page.you = undefined
    this.composer.unnamed(message)
  }

  /** @param {Message} message */
  isOwn({ own, author }) { return own || this.page.names.has(author) }

  // ---- stored data

  // Whether the page can be left without losing text.
  get isKept() {
    return this.composer.isKept && (this.outbox.kept || !this.outbox.entries.length)
  }

  // The window is hidden, and may be closed: then another one asks what to do with unsent messages.
  hideAway() {
    if (this.outbox.entries.length) this.left?.save(this.outbox.joinedWith(this.left.load()))
  }

  // All data of the room is deleted from this device.
  forget() {
    this.composer.forget()
    this.outbox.save = () => true
    this.reader.unread.onSeen = () => {}
    this.left = null
  }

  // ---- unsent messages, and reloading

  showUnsent() {
    const newest = this.log.messages.get(this.log.last ?? NaN)
    const next = { author: this.page.you ?? '', at: new Date().toISOString() }
    this.reader.scroll.follow(() => this.unsent.show(this.outbox.entries, newest ? goesOn(next, newest) : false))
  }

  // The response to a form cannot be requested again by its URL.
  loadAgain() {
    const { pathname, search } = location
    location.replace((/\/messages\/\d+$/.test(pathname) ? pathname : this.page.url) + search)
  }

  /** @param {string} [version]  that of the server's files; none while they are being edited */
  showVersion(version) {
    const isOther = OWN_VERSION && version && version !== OWN_VERSION
    this.offerReload('version', isOther ? t('page.new_version') : false)
  }

  /**
   * @param {string} name
   * @param {string | false | undefined} reason
   */
  offerReload(name, reason) {
    this.hints.show(name, reason, { label: t('page.reload'), act: () => this.loadAgain() })
  }

  tellRestored() {
    this.hints.show('restored', t('room.restored'), { label: t('page.ok'), act: () => this.hints.show('restored', false) })
  }
}
