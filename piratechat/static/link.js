// The connection to the room: one session after another, reconnecting by itself.
// Knows no DOM and no chat; the sockets, the transports and the clock are given to it.
//
// Whether a connection works in both directions only an answer tells.  The link asks
// `ping`, which the server answers at once with `pong`, when a connection opens, when
// something was sent over it since the last answer, and when it has been silent.

import { pause } from './backoff.js'

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

const timer = {
  after: (seconds, callback) => setTimeout(callback, seconds * 1000),
  cancel: (id) => clearTimeout(id),
  now: () => Date.now() / 1000, // goes on while the computer sleeps
}

export class Link {
  // connect(transport): a socket like SockJS's.  `transports`: see transports.js.  Called back: onOpen(),
  // onMessage(object), onClose(), onState("connecting" | "connected" | "reconnecting" | "offline").
  constructor({ connect, transports, onOpen, onMessage, onClose = () => {}, onState = () => {}, clock = timer, wait = pause }) {
    Object.assign(this, { connect, transports, onOpen, onMessage, onClose, onState, clock, wait })
    this.socket = null
    this.open = false
    this.attempt = 0
    this.round = 0          // of connections, begun or ended
    this.retry = this.asked = null
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
    const socket = this.connect(transport)
    this.socket = socket
    // A socket that was given up may still speak: it is not listened to.
    const current = (handler) => (event) => { if (this.socket === socket) handler(event) }
    socket.onopen = current(() => this.opened())
    socket.onmessage = current((event) => this.received(JSON.parse(event.data)))
    socket.onheartbeat = current(() => this.heard())
    socket.onclose = current((event) => this.closed(event))
  }

  // Whether it went out.  What it carries may still be lost: only the answer tells.
  send(object) {
    if (!this.open) return false
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
    if (this.retry !== null && this.clock.now() - this.startedAt >= BETWEEN) this.start()
    else if (this.open && this.isSilent) this.ask()
  }

  // ---- whether it works

  opened() {
    this.open = true
    this.works = false
    this.heard()
    this.onOpen()
    this.ask(SLOW * (this.clock.now() - this.startedAt))
  }

  received(object) {
    this.heard()
    if (object.type === 'pong') this.answered()
    else this.onMessage(object)
  }

  heard() {
    this.heardAt = this.clock.now()
  }

  get isSilent() {
    // A clock that was set back says nothing of how long it was.
    return Math.abs(this.clock.now() - this.heardAt) >= SILENCE
  }

  ask(patience = 0) {
    if (this.asked !== null) return
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
    else if (this.socket && this.clock.now() - this.startedAt >= OPENING) this.lost()
  }

  async improve() {
    const { round } = this
    if (await this.transports.canImprove() && round === this.round) this.start()
  }

  // ---- when it does not

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

  tell(state) {
    if (state === this.state) return
    this.state = state
    this.onState(state)
  }
}
