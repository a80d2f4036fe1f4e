// What this page and the room say to each other: when it joins, what it has missed, when what was said here goes out,
// and what each event means.  Pure: the connection, HTTP, the clock and all that the page shows are given to it.
//
//   state          meaning                                              next state
//   disconnected   there is no connection                               opened(): joining
//   joining        the server has not let this page in yet              `welcome`: catching-up
//   catching-up    messages from before the welcome are missing         the last of them: current
//   current        everything is known: what was said here may go out
//   ended          the page is being left, or loaded again: nothing happens any more
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

// Messages that are fetched at once.
const PAGE = 200
// Seconds after which messages are asked for again that could not be had.
const RETRY = 3
// Seconds by which a message comes later than the server asked for, so that it is not too early by its clock.
const MARGIN = 0.05

// Seconds within which the readers of a room load their pages again.
const RESET_SPREAD = 5

/** @type {Handler} */
const inOrder = (room, event) => room.queue.receive(event)

/**
 * What an event means when it arrives, by its type.  Others are ignored: a newer server may have more.
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
 * What those mean that are taken in order, when it is their turn.
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

// The types of events that mean something here.
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
    // The newest message when the server let us in last.
    this.target = 0
    // From this message on, this page knows everything; see reconcile.js.
    this.from = first ?? last + 1
    /** @type {string | null} */
    this.wanted = null       // the name asked for, and not granted yet
    /** @type {string | null} */
    this.rejection = null    // why it will not be
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

  opened() {
    if (this.state === 'ended') return
    this.state = 'joining'
    this.join()
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
    // A page that does not show what is new has no use for what came after it.
    const after = this.live || this.welcomedBefore ? { after: this.queue.last } : {}
    const changes = this.epoch === undefined ? {} : { since: this.rev, epoch: this.epoch }
    // A visitor with a name is known by the cookie, and may have another name by now.
    this.send({ type: 'join', ...after, ...changes, as: this.view(), ...(this.wanted && { name: this.wanted }) })
  }

  /**
   * Notes the number of a change of which all is known up to here: not with the first of several events about it.
   *
   * @param {ServerEvent} event
   */
  changed({ rev, more }) {
    if (!more && rev === this.rev + 1) this.rev = rev
  }

  // All that was missed has been told.  While messages are fetched, changes of them wait as well.
  /** @param {ServerEvent} event */
  current({ rev }) {
    if (!this.queue.filling) this.rev = Math.max(this.rev, rev)
  }

  // The server cannot tell what was missed: the page is loaded again, not by all readers at the same moment.  Until
  // then it takes nothing in and sends nothing: it does not know what is stored.
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

  // A page of older messages hears what is new from now on, and shows none of it.
  /** @param {number} last */
  startAt(last) {
    this.queue.last = last
    this.from = last + 1
    this.effects.startsAt(last)
  }

  /**
   * The server takes us for another visitor than this page is for: our cookie has gone.  A page made now brings
   * another, and asks for a name; what is not said yet is kept.  Returns whether it comes.
   *
   * @param {string} [visitor]  a mark of whoever the server takes us for
   */
  reloads(visitor) {
    if (visitor === undefined || visitor === this.visitor) {
      this.reloadedFor.save('')
      return false
    }
    // Twice is once too often: this browser keeps no cookies.
    if (this.reloadedFor.load() === visitor || !this.effects.isKept() || !this.reloadedFor.save(visitor)) {
      this.effects.unrecognized()
      return false
    }
    this.end()
    this.effects.reload()
    return true
  }

  // ---- what is missing

  // Only a page that has seen everything can tell what of the outbox has been stored already.
  checkCaughtUp() {
    if (this.state !== 'catching-up' || this.queue.filling || this.queue.last < this.target) return
    this.state = 'current'
    this.effects.caughtUp()
    this.findStored()
  }

  // Which messages are stored that were under way when a connection broke.
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
    const message = told.erased ? { ...told, removed: true } : told // nothing of it is to be shown or counted either
    const ours = this.outbox.settle(message) !== null
    this.effects.said(message, { ours, current: this.state === 'current' })
    this.checkCaughtUp()
    if (ours) this.pump()
  }

  // ---- what goes out

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

  // Sends what may be sent now: one message, and the next when that is stored.
  pump() {
    const entry = this.state === 'current' && this.you !== undefined ? this.outbox.next(this.clock.now()) : null
    if (entry) {
      const { text, nonce, lang, replyTo, epoch } = entry
      // In another database that number is another message's.
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

  // ---- what this visitor is called

  /**
   * Without a connection the name is asked for by the next one.
   *
   * @param {string} name
   */
  askFor(name) {
    this.wanted = name
    if (this.isConnected) this.join()
    this.effects.outboxChanged()
  }

  /**
   * By what was asked for here or in another window.
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

  // We have no name: we never had one; it was rejected; or the server knows it no more.
  unnamed() {
    if (this.you !== undefined) {
      this.you = undefined
      this.effects.nameless(null)
    }
    if (this.rejection === null) return
    // One message goes back to where it was written.
    const waiting = this.outbox.entries.filter(({ state }) => state === 'waiting')
    if (waiting.length === 1 && this.effects.giveBack(waiting[0].text)) this.outbox.drop(waiting[0].nonce)
    this.effects.nameRejected(this.rejection)
    this.wanted = this.rejection = null
  }
}
