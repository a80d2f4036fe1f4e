// The connection to the room: a sequence of sessions, with automatic reconnection.  Independent of the DOM and the chat:
// the sockets, the transports and the clock are arguments.
//
// Only an answer proves that a connection works in both directions.  The link sends `ping`, which the server answers
// immediately with `pong`: when a connection opens, when something was sent since the last answer, and after silence.

import { pause } from '../lib/backoff.js'

// Seconds of silence after which the link sends a ping.  The server sends a heartbeat every 25 seconds.  After sleep, or
// a change of network, nothing reports that the old connection is dead.
const SILENCE = 30
// Timeout of an answer in seconds, multiplied if the connection was slow to open.
const ANSWER = 5
const SLOW = 3
// Timeout for opening a connection, in seconds.
const OPENING = 30
// Seconds between two checks of the connection.
const TICK = 10
// Minimum number of seconds between two attempts, however often the page becomes visible.
const BETWEEN = 1

export const PING = '{"type":"ping"}'

/**
 * @import { Choice, Clock, Command, Ending, LinkState, ServerEvent, Socket, Transport } from '../types.d.ts'
 */

/** @type {Clock<ReturnType<typeof setTimeout>>} */
const timer = {
  after: (seconds, callback) => setTimeout(callback, seconds * 1000),
  cancel: (id) => clearTimeout(id ?? undefined),
  now: () => Date.now() / 1000, // also advances while the computer sleeps
}

export class Connection {
  /**
   * @param {object} options
   * @param {(transport: Transport) => Promise<Socket> | Socket} options.connect
   * @param {Choice} options.transports
   * @param {() => void} options.onOpen
   * @param {() => void} [options.onAnswer]  the server has answered for the first time
   * @param {(event: ServerEvent) => void} options.onMessage
   * @param {() => void} [options.onClose]
   * @param {(state: LinkState) => void} [options.onState]
   * @param {Clock<any>} [options.clock]
   * @param {(attempt: number) => number} [options.wait]  seconds
   */
  constructor({ connect, transports, onOpen, onAnswer = () => {}, onMessage, onClose = () => {}, onState = () => {}, clock = timer, wait = pause }) {
    this.connect = connect
    this.transports = transports
    this.onOpen = onOpen
    this.onAnswer = onAnswer
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
    this.round = 0          // number of connections that were started or stopped
    this.startedAt = this.heardAt = 0
    this.works = false      // whether the server has answered on this connection
    this.unconfirmed = false // whether something was sent since the last ping
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
    if (round !== this.round) return // it was restarted or stopped meanwhile
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
    // Events of an abandoned socket are ignored.
    const isCurrent = () => this.socket === socket
    socket.onopen = () => { if (isCurrent()) this.opened() }
    socket.onmessage = ({ data }) => { if (isCurrent()) this.received(JSON.parse(data)) }
    socket.onheartbeat = () => { if (isCurrent()) this.heard() }
    socket.onclose = (ending) => { if (isCurrent()) this.closed(ending) }
  }

  // Returns whether the message was sent.  It may still be lost; only an answer confirms it.
  /** @param {Command} object */
  send(object) {
    if (!this.open || !this.socket) return false
    this.unconfirmed = true
    this.socket.send(JSON.stringify(object))
    return true
  }

  // The server has accepted the session.  Only now the count of failures restarts, so that a server that accepts
  // connections and closes them immediately is not contacted every half second.
  settled() {
    this.attempt = 0
    this.before = true
    this.tell('connected')
  }

  // The network is back, or may have changed, so the old connection is abandoned.
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

  // The page is visible again, maybe after sleep: timeouts that have expired meanwhile take effect.
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
   * Returns the seconds since `moment`; positive even if the clock was set back, which counts as a long time.
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
    if (this.works) return
    this.works = true
    this.transports.worked()
    this.onAnswer()
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
    // All transports failed (2000), although the server answered `info`; or the connection was cut before the server could
    // answer.  If the server closes a connection, it sends a reason.
    if (code === 2000 || (this.open && !this.works && !wasClean)) this.failed()
    else this.lost()
  }

  // This transport does not work here, so the next one is tried immediately.
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
