// The topic of the room below its title, translated.

import { said } from '../log/message.js'

/** @import { Links, Page, View } from '../types.d.ts' */

export class Topic {
  text = ''
  /** @type {Links | undefined} */
  links = undefined
  /** Called after the topic was set. */
  onSet = () => {}

  /**
   * @param {HTMLElement} place
   * @param {Page} page
   */
  constructor(place, page) {
    this.place = place
    this.page = page
  }

  /**
   * @param {Record<string, any>} values  of an event, `topic`, `topic_links` and `topic_view`; without a topic it stays
   */
  set({ topic, topic_links: links, topic_view: view }) {
    if (topic === undefined) return
    this.text = topic
    this.links = links
    this.read(view)
    this.onSet()
  }

  /** @param {View | null} [view]  how it reads */
  read(view) {
    const { text, links, page: { lang } } = this
    const shown = view?.state === 'ready' && view.text !== undefined ? said(view.text, lang, view.links) : said(text, undefined, links)
    this.place.replaceChildren(...shown.childNodes)
    this.place.title = text
    this.place.hidden = !text
  }
}
