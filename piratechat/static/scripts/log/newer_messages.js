// Loads newer messages into a page that does not reach the end of the log; without JavaScript there is a link to them.

import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'
import { PageEdge } from './page_edge.js'

const PAGE = 200

export class NewerMessages {
  /**
   * @param {HTMLElement} after  what it comes after, unless the server's page has it
   * @param {object} options
   * @param {import('./log.js').Log} options.log
   * @param {import('./scroll.js').Scroll} options.scroll
   * @param {number} options.most  messages on the page: with more, the oldest are dropped
   * @param {(seq: number | null) => string} options.address  where what was said after it is on a page of its own
   * @param {(query: {after: number | null, limit: number}) => Promise<import('../types.d.ts').Message[]>}
   *   options.fetchMessages  ascending
   * @param {() => void} options.onBrought
   */
  constructor(after, { log, scroll, most, address, fetchMessages, onBrought }) {
    this.log = log
    this.scroll = scroll
    this.most = most
    this.address = address
    this.fetchMessages = fetchMessages
    this.onBrought = onBrought
    const place = document.getElementById('newer')
    this.place = place ?? element('p', { id: 'newer' }, element('a', {}, t('room.newer')))
    if (!place) after.after(this.place)
    this.edge = new PageEdge(this.place, { direction: 1, scroll, load: () => this.load() })
    this.show()
  }

  show() { this.edge.link.href = this.address(this.log.last) }

  async load() {
    const messages = await this.fetchMessages({ after: this.log.last, limit: PAGE })
    this.scroll.stays = false // the loaded messages have not been read
    this.scroll.hold(() => {
      for (const message of messages) this.log.put(message)
      this.log.trim(this.most)
      this.show()
    })
    this.onBrought()
  }

  // The page reaches the end of the log.
  end() { this.edge.end() }
}
