// The protocol between this page and the room: joining, catching up, sending messages, and handling events.  Pure: the
// connection, HTTP, the clock and the parts of the page are arguments.
//
//   state          meaning                                              next state
//   disconnected   there is no connection                               opened(): joining
//   joining        the server has not sent the welcome yet              `welcome`: catching-up
//   catching-up    messages from before the welcome are missing         the last of them: current
//   current        nothing is missing: messages may be sent
//   ended          the page is being left or reloaded: no further actions
//
// From every state but the last, closed() leads to disconnected, and end() to ended.

import { pause } from '../lib/backoff.js'
import { EventQueue } from './event_queue.js'
import { randomNonce } from './outbox.js'
import { PendingCommands } from './pending_commands.js'
import { reconcile } from './reconcile.js'

/** @import { Clock, Command, Keeper, Message, RoomEffects, Send, ServerEvent } from '../types.d.ts' */
/** @typedef {'disconnected' | 'joining' | 'catching-up' | 'current' | 'ended'} State */
/** @typedef {(room: RoomProtocol, event: any) => unknown} Handler */

// Number of messages per request.
const PAGE = 200
// Seconds before a failed request for messages is repeated.
const RETRY = 3
// Seconds to wait longer than `retry_after`, so that a message is not too early by the server's clock.
const MARGIN = 0.05

// The readers of a room reload their pages at random times within this many seconds.
const RESET_SPREAD = 5

/** @type {Handler} */
const inOrder = (room, event) => room.queue.receive(event)

/**
 * The handlers of events on arrival, by type.  Unknown types are ignored: a newer server may have more.
 *
 * @type {Map<string, Handler>}
 */
const ARRIVED = new Map(Object.entries({
  welcome: (room, event) => room.welcomed(event),
  gap: (room, { before }) => room.queue.gap(before),
  message: inOrder,
  view: inOrder,
  removed: inOrder,
  erased: inOrder,
  reactions: inOrder,
  pinned: inOrder,
  named: (room, { you }) => room.named(you),
  done: (room, event) => room.commands.answer(event),
  error: (room, event) => room.refused(event),
  muted: (room) => room.effects.permissions({ muted: true }),
  unmuted: (room) => room.effects.permissions({ muted: false }),
  room: (room, event) => { room.effects.roomChanged(event); room.changed(event) },
  current: (room, event) => room.current(event),
  reset: (room) => room.startOver(),
  present: (room, event) => room.effects.present(event),
  typing: (room, { author }) => room.effects.typing(author),
  whisper: (room, event) => room.effects.whispered(event),
  logged: (room) => room.effects.logged(),
}))

/**
 * The handlers of events that are processed in order, by type.
 *
 * @type {Map<string, Handler>}
 */
const IN_TURN = new Map(Object.entries({
  message: (room, event) => { room.said(event); room.changed(event) },
  view: (room, event) => room.effects.viewed(event),
  removed: (room, event) => {
    for (const seq of event.seqs ?? [event.seq]) room.effects.removed(seq, event.by)
    room.changed(event)
  },
  erased: (room, event) => {
    for (const seq of event.seqs) room.effects.erased(seq)
    room.changed(event)
  },
  reactions: (room, event) => { room.effects.reacted(event); room.changed(event) },
  pinned: (room, event) => { room.effects.pinned(event.seqs); room.changed(event) },
}))

// The known types of events.
export const EVENTS = [...ARRIVED.keys()]

export class RoomProtocol {
  /**
   * @param {object} options
   * @param {Send} options.send
   * @param {(query: {after: number, before: number, limit: number}) => Promise<Message[]>} options.fetchMessages  ascending
   * @param {Clock} options.clock
   * @param {import('./outbox.js').Outbox} options.outbox
   * @param {() => string} options.view  the translator that the room is read through
   * @param {RoomEffects} options.effects
   * @param {Keeper} options.reloadedFor  the visitor for whom the page was loaded again
   * @param {string} [options.you]  what this visitor is called
   * @param {string} [options.visitor]  the mark of whom the page was made for
   * @param {boolean} options.live  whether the page reaches to the end of the log
   * @param {number} options.last  the newest message of the room when the page was made
   * @param {number | null} options.first  the oldest message on the page
   * @param {number} [options.rev]  the newest change of the room when the page was made
   * @param {string} [options.epoch]  the database that the numbers are of
   * @param {() => string} [options.nonce]
   * @param {() => number} [options.random]  from 0 to 1
   */
  constructor({ send, fetchMessages, clock, outbox, view, effects, reloadedFor, you, visitor, live, last, first, rev = 0, epoch, nonce = randomNonce, random = Math.random }) {
    this.send = send
    this.clock = clock
    this.outbox = outbox
    this.view = view
    this.effects = effects
    this.reloadedFor = reloadedFor
    this.you = you
    this.visitor = visitor
    this.live = live
    this.rev = rev
    this.epoch = epoch
    this.random = random
    /** @type {State} */
    this.state = 'disconnected'
    this.welcomedBefore = false
    // The newest message at the last welcome.
    this.target = 0
    // This page knows all messages from this one on; see reconcile.js.
    this.from = first ?? last + 1
    /** @type {string | null} */
    this.wanted = null       // the requested name, which is not confirmed yet
    /** @type {string | null} */
    this.joined = null       // how the URL of the connection joins
    /** @type {string | null} */
    this.rejection = null    // the reason why it was rejected
    this.commands = new PendingCommands(send, nonce)
    this.fetchPage = (/** @type {number} */ after, /** @type {number} */ before) => fetchMessages({ after, before, limit: PAGE })
    this.queue = new EventQueue({
      last,
      apply: (event) => this.handle(IN_TURN, event),
      fetchPage: this.fetchPage,
      onFilled: () => this.checkCaughtUp(),
      wait: (attempt) => new Promise((done) => clock.after(pause(attempt), () => done(undefined))),
    })
  }

  get isConnected() { return this.state !== 'disconnected' && this.state !== 'ended' }

  // ---- the connection

  /**
   * Returns the query string that lets a new WebSocket join with its handshake, which saves a round trip; "" for other
   * transports, and if a name is requested, because servers log URLs.
   *
   * @param {import('../types.d.ts').Transport} transport
   */
  query(transport) {
    this.joined = transport === 'websocket' && !this.wanted ? queryOf(this.position) : null
    return this.joined ?? ''
  }

  opened() {
    if (this.state === 'ended') return
    this.state = 'joining'
    if (this.wanted || this.joined !== queryOf(this.position)) this.join()
    else this.queue.restart()
  }

  // The server has answered for the first time on this connection.  It answers in order, so if there was no welcome, it is
  // an older one, which does not know the query string.
  answered() {
    if (this.state === 'joining') this.join()
  }

  closed() {
    if (this.state !== 'ended') this.state = 'disconnected'
    this.outbox.lost()
    this.commands.lost()
    this.effects.outboxChanged()
  }

  /** @param {ServerEvent} event */
  received(event) {
    if (this.isConnected) this.handle(ARRIVED, event)
  }

  // The page is being left.
  end() { this.state = 'ended' }

  /**
   * @param {Map<string, Handler>} handlers
   * @param {ServerEvent} event
   */
  handle(handlers, event) {
    if (this.state !== 'ended') handlers.get(event.type)?.(this, event)
  }

  join() {
    this.queue.restart()
    // The cookie identifies a visitor with a name, who may have another name now.
    this.send({ type: 'join', ...this.position, ...(this.wanted && { name: this.wanted }) })
  }

  // What this page has, and the translator that it is read through: the fields of `join`.
  get position() {
    // A page of older messages does not need later ones.
    const after = this.live || this.welcomedBefore ? { after: this.queue.last } : {}
    const changes = this.epoch === undefined ? {} : { since: this.rev, epoch: this.epoch }
    return { ...after, ...changes, as: this.view() }
  }

  /**
   * Stores the number of a change whose events have all arrived: not at the first of several events.
   *
   * @param {ServerEvent} event
   */
  changed({ rev, more }) {
    if (!more && rev === this.rev + 1) this.rev = rev
  }

  // Catching up is complete.  While messages are being fetched, their changes wait as well.
  /** @param {ServerEvent} event */
  current({ rev }) {
    if (!this.queue.filling) this.rev = Math.max(this.rev, rev)
  }

  // The server does not know what was missed: the page is reloaded, at a random time, to spread the load.  Until
  // then it processes and sends nothing, because its state is unknown.
  startOver() {
    this.end()
    this.clock.after(this.random() * RESET_SPREAD, () => {
      if (this.effects.isKept()) this.effects.reload()
      else this.effects.outdated()
    })
  }

  /** @param {ServerEvent} welcome */
  welcomed(welcome) {
    const { you, visitor, last, epoch } = welcome
    if (this.epoch !== undefined && epoch !== this.epoch) {
      this.effects.restored(epoch)
      this.startOver()
      return
    }
    this.effects.settled()
    if (this.reloads(visitor)) return
    if (!this.live && !this.welcomedBefore) this.startAt(last)
    this.welcomedBefore = true
    this.target = last
    if (this.state === 'joining') this.state = 'catching-up'
    this.effects.welcomed(welcome)
    if (you) this.named(you)
    else this.unnamed()
    this.checkCaughtUp()
    this.pump()
  }

  // A page of older messages receives new ones, but does not show them.
  /** @param {number} last */
  startAt(last) {
    this.queue.last = last
    this.from = last + 1
    this.effects.startsAt(last)
  }

  /**
   * The server identifies this browser as another visitor, because the cookie was deleted.  A reloaded page has a new
   * cookie, and asks for a name; unsent messages are kept.  Returns whether the page is reloaded.
   *
   * @param {string} [visitor]  the server's value for the visitor
   */
  reloads(visitor) {
    if (visitor === undefined || visitor === this.visitor) {
      this.reloadedFor.save('')
      return false
    }
    // The second time, this browser evidently does not store cookies.
    if (this.reloadedFor.load() === visitor || !this.effects.isKept() || !this.reloadedFor.save(visitor)) {
      this.effects.unrecognized()
      return false
    }
    this.end()
    this.effects.reload()
    return true
  }

  // ---- missed messages

  // Only a page that has all messages can determine which entries of the outbox were stored.
  checkCaughtUp() {
    if (this.state !== 'catching-up' || this.queue.filling || this.queue.last < this.target) return
    this.state = 'current'
    this.effects.caughtUp()
    this.findStored()
  }

  // Determines which messages were stored when the connection was lost.
  async findStored() {
    try {
      await reconcile(this.outbox, this.from, this.fetchPage, this.epoch)
    } catch {
      this.clock.after(RETRY, () => { if (this.state === 'current') this.findStored() })
    }
    this.pump()
  }

  /** @param {ServerEvent & Message} told */
  said(told) {
    const message = told.erased ? { ...told, removed: true } : told // it is neither shown nor counted
    const ours = this.outbox.settle(message) !== null
    this.effects.said(message, { ours, current: this.state === 'current' })
    this.checkCaughtUp()
    if (ours) this.pump()
  }

  // ---- sending

  /**
   * @param {string} text  "" where there is a name to be told only, for what waits
   * @param {{lang?: string, replyTo?: number, name?: string | null}} [options]  `name`: the one to ask for
   */
  say(text, { lang, replyTo, name } = {}) {
    if (text) this.outbox.add(text, this.queue.last, { lang, replyTo, epoch: this.epoch })
    if (name) this.askFor(name)
    else this.pump()
  }

  /** @param {string} nonce */
  sayAgain(nonce) {
    this.outbox.again(nonce)
    this.pump()
  }

  /** @param {string} nonce */
  discard(nonce) {
    this.outbox.drop(nonce)
    this.effects.outboxChanged()
  }

  // Sends the next message if it may be sent now; the one after it follows when it is stored.
  pump() {
    const entry = this.state === 'current' && this.you !== undefined ? this.outbox.next(this.clock.now()) : null
    if (entry) {
      const { text, nonce, lang, replyTo, epoch } = entry
      // In another database another message has this number.
      const answers = replyTo !== undefined && epoch === this.epoch
      if (this.send({ type: 'say', text, nonce, lang, ...(answers && { reply_to: replyTo }) })) this.outbox.sent(nonce)
    }
    this.effects.outboxChanged()
  }

  /**
   * Sends a command that is answered by `done` or `error`; see PendingCommands.ask.
   *
   * @param {Command} command
   */
  ask(command) { return this.commands.ask(command) }

  /** @param {ServerEvent} error */
  refused(error) {
    const { code, message, nonce } = error
    if (this.commands.answer(error)) return
    if (code === 'muted') this.effects.permissions({ muted: true })
    if (nonce) this.refusedMessage(error)
    else if (code === 'busy') this.effects.busy(message)
    else if (this.wanted !== null) this.refusedName(message)
    else this.effects.notice(message)
  }

  /** @param {ServerEvent} error */
  refusedMessage({ code, message, nonce, retry_after: seconds }) {
    if (code === 'name-needed') {
      this.outbox.hold(nonce, 0)
      this.you = undefined
      this.effects.nameless(message)
    } else if (code === 'rate-limited' && seconds !== undefined) {
      this.outbox.hold(nonce, this.clock.now() + seconds)
      this.clock.after(seconds + MARGIN, () => this.pump())
    } else {
      this.outbox.fail(nonce, message)
    }
    this.pump()
  }

  // ---- the visitor's name

  /**
   * Without a connection, the name is requested when there is one.
   *
   * @param {string} name
   */
  askFor(name) {
    this.wanted = name
    if (this.isConnected) this.join()
    this.effects.outboxChanged()
  }

  /**
   * The visitor has a new name, requested by this window or by another one.
   *
   * @param {string} you
   */
  named(you) {
    this.you = you
    this.effects.named(you, this.rejection !== null)
    this.wanted = this.rejection = null
    this.pump()
  }

  /** @param {string} message */
  refusedName(message) {
    this.rejection = message
    this.effects.nameRejected(message)
  }

  // The visitor has no name: never had one, it was rejected, or the server has forgotten it.
  unnamed() {
    if (this.you !== undefined) {
      this.you = undefined
      this.effects.nameless(null)
    }
    if (this.rejection === null) return
    // Puts one message back into the field.
    const waiting = this.outbox.entries.filter(({ state }) => state === 'waiting')
    if (waiting.length === 1 && this.effects.giveBack(waiting[0].text)) this.outbox.drop(waiting[0].nonce)
    this.effects.nameRejected(this.rejection)
    this.wanted = this.rejection = null
  }
}

/** @param {object} position */
function queryOf(position) {
  return `?join&${Object.entries(position).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
}
