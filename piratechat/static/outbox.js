// What was said here and is not known to be on the server's disk.  Pure: where it
// is kept and how nonces are made is given to it.
//
// One message is under way at a time, so what was said first is stored first.
// Each keeps its nonce until it is acknowledged, so sending it again is safe.

export function randomNonce() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export class Outbox {
  constructor({ load = () => null, save = () => {}, nonce = randomNonce } = {}) {
    Object.assign(this, { save, nonce })
    this.entries = restore(load())
  }

  // `last`: the newest message known when it was said; it can only be stored after that one.
  // `lang`: what it is written in, if its author said so.
  add(text, last, lang) {
    const entry = { nonce: this.nonce(), text, last, lang, state: 'waiting', tried: false, notBefore: 0 }
    this.entries.push(entry)
    this.keep()
    return entry
  }

  // The entry to send now, or null.  `now` in seconds.
  next(now) {
    if (this.entries.some((entry) => entry.state === 'sent')) return null
    const first = this.entries.find((entry) => entry.state === 'waiting')
    return first && first.notBefore <= now ? first : null
  }

  sent(nonce) {
    this.change(nonce, { state: 'sent', tried: true })
  }

  // A message of the log: if it is one of ours it is done, and returned.
  //
  // What was under way when the connection broke may have been stored without our
  // hearing of it, and the log does not keep nonces: the same words under our name,
  // later than when we said them, are taken for ours rather than said twice.
  settle(message, you) {
    const ours = this.entries.find((entry) => message.nonce
      ? entry.nonce === message.nonce
      : entry.tried && message.author === you && message.seq > entry.last && same(message.text, entry.text))
    if (ours) this.drop(ours.nonce)
    return ours ?? null
  }

  // Refused: it waits for its author.
  fail(nonce, reason) {
    this.change(nonce, { state: 'failed', reason, tried: false })
  }

  // Refused for now: it goes again by itself, and what came after it waits too.
  hold(nonce, notBefore) {
    this.change(nonce, { state: 'waiting', notBefore, tried: false })
  }

  again(nonce) {
    this.change(nonce, { state: 'waiting', reason: undefined, notBefore: 0 })
  }

  drop(nonce) {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce)
    this.keep()
  }

  // The connection broke: what was under way is sent again by the next.
  lost() {
    for (const entry of this.entries) if (entry.state === 'sent') entry.state = 'waiting'
    this.keep()
  }

  change(nonce, changes) {
    const entry = this.entries.find((one) => one.nonce === nonce)
    if (entry) Object.assign(entry, changes)
    this.keep()
  }

  keep() {
    this.save(this.entries.length ? JSON.stringify(this.entries) : '')
  }
}

function restore(text) {
  try {
    const entries = JSON.parse(text ?? '[]')
    return entries.map((entry) => ({ ...entry, state: entry.state === 'sent' ? 'waiting' : entry.state, notBefore: 0 }))
  } catch {
    return []
  }
}

// The server may trim what it stores.
function same(one, other) {
  return typeof one === 'string' && one.trim() === other.trim()
}
