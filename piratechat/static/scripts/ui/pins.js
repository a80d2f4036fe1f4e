// The pinned messages above the log, translated.

import { element } from '../lib/dom.js'
import { shortened } from '../log/message_parts.js'
import { plural } from '../lib/texts.js'

/** @import { Message } from '../types.d.ts' */

export class Pins {
  /**
   * @param {HTMLElement} place  a details element with a list
   * @param {object} options
   * @param {import('../log/log.js').Log} options.log
   * @param {import('../connection/room_http.js').RoomHttp} options.http
   */
  constructor(place, { log, http }) {
    this.place = place
    this.log = log
    this.http = http
    this.summary = /** @type {HTMLElement} */ (place.querySelector('summary'))
    this.list = /** @type {HTMLElement} */ (place.querySelector('ol'))
    this.seqs = [...this.list.children].map((item) => Number(/** @type {HTMLElement} */ (item).dataset.seq))
  }

  /** @param {number[]} seqs  the last pinned one last */
  set(seqs) {
    if (seqs.join() === this.seqs.join()) return
    const known = new Map([...this.list.children].map((item) => [Number(/** @type {HTMLElement} */ (item).dataset.seq), item]))
    this.seqs = seqs
    this.place.hidden = !seqs.length
    this.summary.textContent = plural('pins.count', seqs.length)
    this.list.replaceChildren(...seqs.map((seq) => known.get(seq) ?? element('li', { 'data-seq': seq })))
    this.readAgain()
  }

  /**
   * A message was removed.
   *
   * @param {number} seq
   */
  drop(seq) { this.set(this.seqs.filter((one) => one !== seq)) }

  /**
   * The translation of a message has changed, or it was restored.
   *
   * @param {number} seq
   */
  shownAgain(seq) {
    const message = this.log.messages.get(seq)
    if (message && this.seqs.includes(seq)) this.fill(message)
  }

  // All translations may have changed.
  async readAgain() {
    const here = this.seqs.map((seq) => this.log.messages.get(seq))
    for (const message of here) if (message) this.fill(message)
    if (here.every(Boolean)) return
    try {
      for (const message of await this.http.pinned()) if (!this.log.messages.has(message.seq)) this.fill(this.log.reads(message))
    } catch { /* their numbers lead there */ }
  }

  /** @param {Message} message */
  fill({ seq, author, text, view }) {
    const line = shortened(view?.state === 'ready' ? view.text ?? text : text)
    this.list.querySelector(`[data-seq="${seq}"]`)?.replaceChildren(element('a', { href: `${this.http.url}/messages/${seq}` },
      element('b', {}, element('bdi', {}, author)), ' ', element('q', { dir: 'auto' }, line)))
  }
}
