// Loads older messages into the page; without JavaScript there is a link to them.

import { byId, element, handFocus } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'
import { PageEdge } from './page_edge.js'

const PAGE = 200

export class OlderMessages {
  /**
   * @param {HTMLElement | null} place
   * @param {object} options
   * @param {import('./log.js').Log} options.log
   * @param {import('./scroll.js').Scroll} options.scroll
   * @param {(seq: number | null) => string} options.address  where what was said before it is on a page of its own
   * @param {(query: {before: number | null, limit: number}) => Promise<import('../types.d.ts').Message[]>}
   *   options.fetchMessages  ascending
   * @param {() => void} options.onBrought
   */
  constructor(place, { log, scroll, address, fetchMessages, onBrought }) {
    this.log = log
    this.scroll = scroll
    this.address = address
    this.fetchMessages = fetchMessages
    this.onBrought = onBrought
    // The room may have had no older messages when the page was rendered.
    this.place = place ?? element('p', { id: 'older' }, element('a', {}, t('room.older')))
    if (!place) log.list.before(this.place)
    this.edge = new PageEdge(this.place, { direction: -1, scroll, load: () => this.load() })
    this.show()
  }

  show() {
    const { first } = this.log
    const isAll = first === null || first === 1
    if (isAll) handFocus(this.place, byId('log'))
    this.place.hidden = isAll
    this.edge.link.href = this.address(first)
  }

  async load() {
    const messages = await this.fetchMessages({ before: this.log.first, limit: PAGE })
    this.scroll.hold(() => { this.log.putOlder(messages); this.show() })
    this.onBrought()
  }
}
