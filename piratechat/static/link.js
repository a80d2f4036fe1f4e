// The connection to the room: one SockJS session after another, reconnecting by
// itself.  Knows no DOM and no chat; the socket and the clock are given to it.

import { pause } from './backoff.js'

// Seconds without a byte after which a connection counts as dead.  The server
// sends a heartbeat every 25 seconds; a computer that slept, or a network that
// changed, never says that the old connection is gone.
const SILENCE = 80

const timer = {
  after: (seconds, then) => setTimeout(then, seconds * 1000),
  cancel: (id) => clearTimeout(id),
}

export class Link {
  // connect: () => a socket like SockJS's.  Called back: onOpen(), onMessage(object),
  // onClose(), onState("connecting" | "connected" | "reconnecting" | "offline").
  constructor({ connect, onOpen, onMessage, onClose = () => {}, onState = () => {}, clock = timer, wait = pause }) {
    Object.assign(this, { connect, onOpen, onMessage, onClose, onState, clock, wait })
    this.socket = null
    this.open = false
    this.attempt = 0
    this.online = true
    this.before = false
  }

  start() {
    this.clock.cancel(this.retry)
    this.retry = null
    this.forget()
    this.tell(this.before ? 'reconnecting' : 'connecting')
    const socket = this.connect()
    this.socket = socket
    // A socket that was given up may still speak: it is not listened to.
    const current = (handler) => (event) => { if (this.socket === socket) handler(event) }
    socket.onopen = current(() => { this.open = true; this.heard(); this.onOpen() })
    socket.onmessage = current((event) => { this.heard(); this.onMessage(JSON.parse(event.data)) })
    socket.onheartbeat = current(() => this.heard())
    socket.onclose = current(() => this.lost())
    this.heard()
  }

  // Whether it went out.  What it carries may still be lost: only the answer tells.
  send(object) {
    if (!this.open) return false
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
    this.start()
  }

  wentOffline() {
    this.online = false
    this.tell('offline')
  }

  lost() {
    this.forget()
    this.tell(this.online ? 'reconnecting' : 'offline')
    this.retry = this.clock.after(this.wait(this.attempt++), () => this.start())
  }

  heard() {
    this.clock.cancel(this.watch)
    this.watch = this.clock.after(SILENCE, () => this.lost())
  }

  forget() {
    this.clock.cancel(this.watch)
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
