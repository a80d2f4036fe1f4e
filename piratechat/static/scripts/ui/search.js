// Searches messages without leaving the log: a dialog with a field and the results of the server.  Without JavaScript, and
// for all results, there is a link to the search page.

import { element } from '../lib/dom.js'
import { plural, text as t } from '../lib/texts.js'

/** @import { Message } from '../types.d.ts' */

// Milliseconds after the last keystroke before the request, because searches are rate-limited.
const PAUSE = 450
const MOST = 20
// Length of a result in code points, and the number of code points before the match.
const LENGTH = 160
const BEFORE = 40
/** @type {Record<string, 1 | -1>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 }
const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/**
 * @typedef {Message & {at: string, found: [first: number, end: number][], in: 'text' | 'view'}} Found
 * @typedef {{messages: Found[], more: boolean, incomplete?: boolean, indexed_through?: number}} Answer
 */

export class Search {
  /** @type {AbortController | null} */
  asking = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined
  /** What the results are of. */
  shown = ''

  /**
   * @param {HTMLAnchorElement | null} link  none in a frame
   * @param {object} options
   * @param {import('../connection/room_http.js').RoomHttp} options.http
   * @param {(seq: number) => boolean} options.goTo  shows a message of the log; false if it is not there
   */
  constructor(link, { http, goTo }) {
    this.http = http
    this.goTo = goTo
    /** @type {HTMLInputElement} */
    this.field = element('input', { type: 'search', autocomplete: 'off', dir: 'auto', maxlength: 200, enterkeyhint: 'search',
      'aria-label': t('search.label'), placeholder: t('search.label') })
    const close = element('button', { type: 'button', 'aria-label': t('sheet.close') }, '×')
    const form = element('form', { role: 'search' }, this.field, close)
    this.status = element('p', { role: 'status' })
    this.list = element('ol')
    this.all = element('a', {}, t('search.all'))
    this.dialog = element('dialog', { id: 'search-sheet', 'aria-label': t('search.title') }, form, this.status, this.list, this.all)
    document.querySelector('main')?.append(this.dialog)
    link?.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      this.open()
    })
    close.addEventListener('click', () => this.dialog.close())
    form.addEventListener('submit', (event) => { event.preventDefault(); this.enter() })
    this.field.addEventListener('input', () => this.wait())
    this.dialog.addEventListener('keydown', (event) => this.press(event))
    this.dialog.addEventListener('click', (event) => this.choose(event))
    this.dialog.addEventListener('close', () => this.stop())
  }

  get typed() { return this.field.value.trim() }

  // The browser restores the focus when the dialog is closed.
  open() {
    this.lead()
    this.dialog.showModal()
    this.field.focus()
    this.field.select()
  }

  lead() { this.all.href = this.http.address(this.typed ? { q: this.typed } : {}, '/search') }

  stop() {
    clearTimeout(this.timer)
    this.asking?.abort()
  }

  wait() {
    this.stop()
    this.lead()
    if (this.typed) this.timer = setTimeout(() => this.ask(), PAUSE)
    else this.show({ messages: [], more: false }, '')
  }

  // Selects the newest result, if there are any.
  enter() {
    this.stop()
    const first = this.list.querySelector('a')
    if (first && this.shown === this.typed) first.click()
    else if (this.typed) this.ask()
  }

  async ask() {
    const { typed } = this
    const asking = new AbortController()
    this.asking = asking
    try {
      const answer = await fetch(this.http.address({ q: typed, limit: MOST }, '/search'), {
        headers: { Accept: 'application/json' }, signal: asking.signal })
      const told = await answer.json()
      if (asking.signal.aborted) return
      if (answer.ok) this.show(told, typed)
      else this.show({ messages: [], more: false }, '', told.error)
    } catch {
      if (!asking.signal.aborted) this.show({ messages: [], more: false }, '', t('search.failed'))
    }
  }

  /**
   * @param {Answer} answer
   * @param {string} query
   * @param {string} [problem]
   */
  show(answer, query, problem) {
    const { messages, more } = answer
    this.shown = query
    this.status.textContent = problem ?? (query ? notes(answer) : '')
    this.list.replaceChildren(...messages.map((message) => this.item(message)))
    this.all.dataset.more = more ? 'yes' : 'no'
  }

  /**
   * Message `seq` was removed or erased.
   *
   * @param {number} seq
   */
  drop(seq) { this.list.querySelector(`[data-seq="${seq}"]`)?.closest('li')?.remove() }

  /** @param {Found} message */
  item(message) {
    const { seq, author, at, text, view, found } = message
    const said = message.in === 'view' ? view?.text ?? text : text
    const line = excerpt(said, found).map(({ text: piece, isFound }) => (isFound ? element('mark', {}, piece) : piece))
    const href = this.http.address({}, `/messages/${seq}`)
    return element('li', {}, element('a', { href, 'data-seq': seq },
      element('span', {}, element('b', {}, element('bdi', {}, author)), ' ', element('time', { datetime: at }, when.format(new Date(at)))),
      element('q', { dir: 'auto' }, line)))
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = STEPS[event.key]
    if (!step || event.isComposing) return
    event.preventDefault()
    const places = [this.field, ...this.list.querySelectorAll('a')]
    const at = places.indexOf(/** @type {HTMLInputElement} */ (document.activeElement))
    places[Math.min(places.length - 1, Math.max(0, at + step))].focus()
  }

  /** @param {MouseEvent} event */
  choose(event) {
    const link = /** @type {Element} */ (event.target).closest('li a')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    const seq = Number(link.dataset.seq)
    this.dialog.close()
    if (this.goTo(seq)) event.preventDefault()
  }
}

/** @param {Answer} answer */
function notes({ messages, incomplete, indexed_through: through }) {
  const first = messages.length ? plural('search.count', messages.length) : t('search.nothing')
  const rest = incomplete ? t('search.incomplete') : through === undefined || through === null ? '' : t('search.still_indexing')
  return rest ? `${first} ${rest}` : first
}

/**
 * Returns the part of the text around the first match, in pieces.
 *
 * @param {string} text
 * @param {[first: number, end: number][]} found  in code points, ascending
 * @returns {{text: string, isFound: boolean}[]}
 */
export function excerpt(text, found) {
  const letters = [...text]
  const start = Math.max(0, Math.min((found[0]?.[0] ?? 0) - BEFORE, letters.length - LENGTH))
  const end = Math.min(letters.length, start + LENGTH)
  const pieces = []
  let place = start
  const add = (/** @type {number} */ to, /** @type {boolean} */ isFound) => {
    if (to > place) pieces.push({ text: letters.slice(place, to).join(''), isFound })
    place = Math.max(place, to)
  }
  if (start) pieces.push({ text: '…', isFound: false })
  for (const [first, last] of found) {
    add(Math.min(first, end), false)
    add(Math.min(last, end), true)
  }
  add(end, false)
  if (end < letters.length) pieces.push({ text: '…', isFound: false })
  return pieces
}
