// The connection to the room: one session after another, reconnecting by itself.
// Knows no DOM and no chat; the sockets, the transports and the clock are given to it.
//
// Whether a connection works in both directions only an answer tells.  The link asks
// `ping`, which the server answers at once with `pong`, when a connection opens, when
// something was sent over it since the last answer, and when it has been silent.

import { pause } from '../lib/backoff.js'

// Seconds without a byte after which the server is asked whether it is there.  It sends
// a heartbeat every 25 seconds; a computer that slept, or a network that changed, never
// says that the old connection is gone.
const SILENCE = 30
// Seconds that an answer may take; of a connection that was slow to open, as many times
// longer than that took.
const ANSWER = 5
const SLOW = 3
// Seconds that opening may take.
const OPENING = 30
// Seconds between two looks at how the connection is.
const TICK = 10
// Seconds between two attempts at least, however often the page comes to the front.
const BETWEEN = 1

export const PING = '{"type":"ping"}'

/**
 * @import { Choice, Clock, Command, Ending, LinkState, ServerEvent, Socket, Transport } from '../types.d.ts'
 */

/** @type {Clock<ReturnType<typeof setTimeout>>} */
const timer = {
  after: (seconds, callback) => setTimeout(callback, seconds * 1000),
  cancel: (id) => clearTimeout(id ?? undefined),
  now: () => Date.now() / 1000, // goes on while the computer sleeps
}

export class Connection {
  /**
   * @param {object} options
   * @param {(transport: Transport) => Promise<Socket> | Socket} options.connect
   * @param {Choice} options.transports
   * @param {() => void} options.onOpen
   * @param {(event: ServerEvent) => void} options.onMessage
   * @param {() => void} [options.onClose]
   * @param {(state: LinkState) => void} [options.onState]
   * @param {Clock<any>} [options.clock]
   * @param {(attempt: number) => number} [options.wait]  seconds
   */
  constructor({ connect, transports, onOpen, onMessage, onClose = () => {}, onState = () => {}, clock = timer, wait = pause }) {
    this.connect = connect
    this.transports = transports
    this.onOpen = onOpen
    this.onMessage = onMessage
    this.onClose = onClose
    this.onState = onState
    this.clock = clock
    this.wait = wait
    /** @type {Socket | null} */
    this.socket = null
    /** @type {LinkState | undefined} */
    this.state = undefined
    this.open = false
    this.attempt = 0
    this.round = 0          // of connections, begun or ended
    this.startedAt = this.heardAt = 0
    this.works = false      // whether the server has answered over this connection
    this.unconfirmed = false // whether something was sent since it was asked last
    this.watch = this.retry = this.asked = null
    this.online = true
    this.before = false
  }

  async start() {
    this.clock.cancel(this.retry)
    this.retry = null
    this.forget()
    this.tell(this.before ? 'reconnecting' : 'connecting')
    this.startedAt = this.clock.now()
    this.watch ??= this.clock.after(TICK, () => this.look())
    const { round } = this
    const transport = await this.transports.choose()
    if (round !== this.round) return // it was started again, or stopped, meanwhile
    /** @type {Socket} */
    let socket
    try {
      socket = await this.connect(transport)
    } catch {
      if (round === this.round) this.lost()
      return
    }
    if (round !== this.round) return socket.close()
    this.socket = socket
    // A socket that was given up may still speak: it is not listened to.
    const isCurrent = () => this.socket === socket
    socket.onopen = () => { if (isCurrent()) this.opened() }
    socket.onmessage = ({ data }) => { if (isCurrent()) this.received(JSON.parse(data)) }
    socket.onheartbeat = () => { if (isCurrent()) this.heard() }
    socket.onclose = (ending) => { if (isCurrent()) this.closed(ending) }
  }

  // Whether it went out.  What it carries may still be lost: only the answer tells.
  /** @param {Command} object */
  send(object) {
    if (!this.open || !this.socket) return false
    this.unconfirmed = true
    this.socket.send(JSON.stringify(object))
    return true
  }

  // The server has let us in.  Only now does the next failure count as the first:
  // a server that accepts and hangs up at once is not asked every half second.
  settled() {
    this.attempt = 0
    this.before = true
    this.tell('connected')
  }

  // The network is back, or may be another one: the old connection is not waited for.
  wentOnline() {
    this.online = true
    this.attempt = 0
    this.transports.forget()
    this.start()
  }

  wentOffline() {
    this.online = false
    this.tell('offline')
  }

  // The page is looked at again, maybe after a sleep: nobody waits for what ran out meanwhile.
  wake() {
    if (this.retry !== null && this.since(this.startedAt) >= BETWEEN) this.start()
    else if (this.open && this.isSilent) this.ask()
  }

  // ---- whether it works

  opened() {
    this.open = true
    this.works = false
    this.heard()
    this.onOpen()
    this.ask(Math.min(SLOW * this.since(this.startedAt), OPENING))
  }

  /** @param {ServerEvent} object */
  received(object) {
    this.heard()
    if (object.type === 'pong') this.answered()
    else this.onMessage(object)
  }

  heard() {
    this.heardAt = this.clock.now()
  }

  get isSilent() { return this.since(this.heardAt) >= SILENCE }

  /**
   * Returns the seconds since `moment`; where the clock was set back, nobody knows: then it was long ago.
   *
   * @param {number} moment
   */
  since(moment) { return Math.abs(this.clock.now() - moment) }

  ask(patience = 0) {
    if (this.asked !== null || !this.socket) return
    this.unconfirmed = false
    this.asked = this.clock.after(Math.max(ANSWER, patience), () => this.unanswered())
    this.socket.send(PING)
  }

  answered() {
    this.clock.cancel(this.asked)
    this.asked = null
    if (!this.works) this.transports.worked()
    this.works = true
  }

  unanswered() {
    this.asked = null
    if (this.works) this.lost()
    else this.failed()
  }

  look() {
    this.watch = this.clock.after(TICK, () => this.look())
    if (this.open && (this.unconfirmed || this.isSilent)) this.ask()
    else if (this.open) this.improve()
    else if (this.socket && this.since(this.startedAt) >= OPENING) this.lost()
  }

  async improve() {
    const { round } = this
    if (await this.transports.canImprove() && round === this.round) this.start()
  }

  // ---- when it does not

  /** @param {Ending} ending */
  closed({ code, wasClean }) {
    // All transports failed (2000), though the server said how it is to be talked to; or it was cut before the
    // server could answer.  What the server closes, it closes with a word.
    if (code === 2000 || (this.open && !this.works && !wasClean)) this.failed()
    else this.lost()
  }

  // Of this transport there is nothing to hope for: the next one is tried at once.
  failed() {
    if (this.transports.failed()) this.start()
    else this.lost()
  }

  lost() {
    this.forget()
    this.transports.restart()
    this.tell(this.online ? 'reconnecting' : 'offline')
    this.retry = this.clock.after(this.wait(this.attempt++), () => this.start())
  }

  forget() {
    this.round++
    this.clock.cancel(this.asked)
    this.asked = null
    const { socket } = this
    if (!socket) return
    this.socket = null
    this.open = false
    try { socket.close() } catch { /* it was closed already */ }
    this.onClose()
  }

  /** @param {LinkState} state */
  tell(state) {
    if (state === this.state) return
    this.state = state
    this.onState(state)
  }
}
