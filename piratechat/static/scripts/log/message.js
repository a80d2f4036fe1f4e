// One message of the log as elements: the same as templates/message.pt makes.

import { coinOf } from '../lib/author.js'
import { isolated } from '../lib/bidi.js'
import { element } from '../lib/dom.js'
import { isFewEmoji } from './emoji.js'
import { linksOf, parts } from './formatting.js'
import { markup } from './markup.js'
import { text as t, textParts } from '../lib/texts.js'

/**
 * @import { Links, Message, Page, View } from '../types.d.ts'
 * @import { Markup } from './markup.js'
 */

const MOMENT = 5 * 60 * 1000   // milliseconds within which an author goes on, as in views/messages.py
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const calendar = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

/**
 * In the reader's own time zone; the server, which does not know it, says UTC.
 *
 * @param {{at: string}} message
 */
export const dayOf = (message) => calendar.format(new Date(message.at))

/**
 * The same for programs: "2026-11-21".
 *
 * @param {{at: string}} message
 */
export function dateOf(message) {
  const at = new Date(message.at)
  const digits = (/** @type {number} */ number, /** @type {number} */ length) => String(number).padStart(length, '0')
  return [digits(at.getFullYear(), 4), digits(at.getMonth() + 1, 2), digits(at.getDate(), 2)].join('-')
}

/**
 * Whether `message` goes on what its author said just before, in `above`.
 *
 * @param {Pick<Message, 'at' | 'author'>} message
 * @param {Pick<Message, 'at' | 'author'>} above
 */
export function goesOn(message, above) {
  return message.author === above.author && dayOf(message) === dayOf(above)
    && Date.parse(message.at) - Date.parse(above.at) <= MOMENT
}

/**
 * @param {Message} message
 * @param {Page} page
 */
export function messageElement(message, page) {
  const { seq, author, view, removed, lang } = message
  const translation = view?.state === 'ready' ? view.text : undefined
  const byOwner = message.byOwner || page.ownerNames.has(author)
  const own = message.own || page.names.has(author)
  const kinds = ['message', own && 'own', byOwner && 'by-owner', removed && 'removed']
  return element('li', {
    id: `m${seq}`, class: kinds.filter(Boolean).join(' '),
    'data-seq': seq, 'data-author': author, ...coinOf(author), 'data-view': view?.state,
    'data-reason': view?.reason, 'data-lang': lang,
  },
  head(message, byOwner, page),
  removed ? element('p', { class: 'text' }, page.owner ? t('message.removed_by_you') : t('message.removed_by_owner'))
    : translation !== undefined ? said(translation, page.lang, view?.links) : said(message.text, lang, message.links),
  !removed && note(view, seq),
  !removed && translation !== undefined && translation !== message.text && original(message, page),
  removed && page.owner && words(message),
  page.owner && ownersForm(message, removed ? 'restore' : 'remove', page))
}

/**
 * @param {Message} message
 * @param {boolean} byOwner
 * @param {Page} page
 */
function head({ seq, author, at }, byOwner, { url }) {
  return element('p', { class: 'head' },
    element('b', { class: 'author' }, element('bdi', {}, author)), ' ',
    byOwner && element('small', { class: 'role' }, t('message.owner')), ' ',
    element('a', { class: 'when', href: `${url}/messages/${seq}` },
      element('time', { datetime: at, title: dayOf({ at }) }, clock.format(new Date(at)))))
}

/**
 * @param {string} text
 * @param {string} [lang]
 * @param {Links} [links]
 */
export function said(text, lang, links) {
  return element('div', { class: isFewEmoji(text) ? 'text large' : 'text', dir: 'auto', lang }, ...formatted(text, links))
}

/**
 * @param {View | null | undefined} view
 * @param {number} seq
 */
function note(view, seq) {
  if (view?.state === 'pending') return element('p', { class: 'note' }, t('message.pending'))
  if (view?.state !== 'failed') return null
  return element('p', { class: 'note' }, ...textParts('message.failed', { reason: element('bdi', {}, view.reason) }), ' ',
    element('button', { class: 'translate', type: 'button', 'aria-label': t('message.translate_again_label', { seq }) },
      t('message.translate_again')))
}

/**
 * @param {Message} message
 * @param {Page} page
 */
function original({ text, lang, links }, { beside }) {
  return element('details', { class: 'original', open: beside },
    element('summary', {}, t('message.original')), element('div', { dir: 'auto', lang }, ...formatted(text, links)))
}

/**
 * What a message said that was removed, for the owner's eyes.
 *
 * @param {Message} message
 */
function words({ text, removed_text: known, lang, links }) {
  return element('details', { class: 'original words' },
    element('summary', {}, t('message.show')), element('div', { dir: 'auto', lang }, ...formatted(text || known || '…', links)))
}

/**
 * @param {string} text
 * @param {Links} [links]
 */
const formatted = (text, links) => parts(text, links).map(markup).map(built)

/**
 * @param {Markup} made
 * @returns {Node | string}
 */
function built(made) {
  if (typeof made === 'string') return made
  const [tag, attributes, children] = made
  return element(tag, attributes, ...children.map(built), attributes.class === 'block' && copyButton())
}

// Without scripts it would do nothing: copying.js answers it.
const copyButton = () => element('button', { type: 'button', class: 'copy' }, t('message.copy_code'))

/**
 * @param {Message} message
 * @param {'remove' | 'restore'} what
 * @param {Page} page
 */
function ownersForm({ seq, author }, what, { url, token }) {
  const values = { seq, author: isolated(author) }
  const label = what === 'remove' ? t('message.remove_label', values) : t('message.restore_label', values)
  return element('form', { class: what, method: 'post', action: `${url}/messages/${seq}/${what}` },
    element('input', { type: 'hidden', name: 'csrf_token', value: token }),
    element('button', { 'aria-label': label }, what === 'remove' ? t('message.remove') : t('message.restore')))
}

/**
 * The message that an element made by the server shows.
 *
 * @param {HTMLElement} item
 * @returns {Message}
 */
export function readMessage(item) {
  const read = readText(item.querySelector(':scope > .text'))
  const state = /** @type {View['state'] | undefined} */ (item.dataset.view)
  const removed = item.classList.contains('removed')
  return {
    seq: Number(item.dataset.seq),
    at: item.querySelector('time')?.dateTime ?? '',
    author: item.dataset.author ?? '',
    ...readText(item.querySelector(':scope > .original > div'), removed ? { text: '' } : read),
    view: state ? { state, ...read, reason: item.dataset.reason } : null,
    lang: item.dataset.lang,
    nonce: item.dataset.nonce,
    removed,
    own: item.classList.contains('own'),
    byOwner: item.classList.contains('by-owner'),
  }
}

/**
 * The text of an element, and the links in it; `otherwise` if there is no such element.
 *
 * @param {Element | null} place
 * @param {{text: string, links?: Links}} otherwise
 */
function readText(place, otherwise = { text: '' }) {
  if (!place) return otherwise
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  const found = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    found.push({ value: node.nodeValue ?? '', href: node.parentElement?.closest('a')?.getAttribute('href') })
  }
  return { text: place.textContent ?? '', links: linksOf(found) }
}
