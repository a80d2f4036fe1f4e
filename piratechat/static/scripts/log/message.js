// Renders one message of the log, with the same elements as templates/message.pt.

import { coinOf } from '../lib/author.js'
import { isolated } from '../lib/bidi.js'
import { element } from '../lib/dom.js'
import { isFewEmoji } from './emoji.js'
import { linksOf, parts } from './formatting.js'
import { markup } from './markup.js'
import { withMentions } from './mentions.js'
import { editedMark, quote, reactions, removedText } from './message_parts.js'
import { text as t, textParts } from '../lib/texts.js'

/**
 * @import { Links, Message, Page, View, Whisper } from '../types.d.ts'
 * @import { Markup } from './markup.js'
 * @typedef {Map<string, boolean>} Names  of people, and whether they are ours
 */

// Elements without mentions.
const LITERAL = new Set(['code', 'a'])
const MOMENT = 5 * 60 * 1000   // milliseconds within which an author's messages are grouped, as in views/messages.py
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const calendar = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

/**
 * The time in the reader's time zone, which the server does not know: it uses UTC.
 *
 * @param {{at: string}} message
 */
export const dayOf = (message) => calendar.format(new Date(message.at))

/**
 * The same in machine-readable form: "2026-11-21".
 *
 * @param {{at: string}} message
 */
export function dateOf(message) {
  const at = new Date(message.at)
  const digits = (/** @type {number} */ number, /** @type {number} */ length) => String(number).padStart(length, '0')
  return [digits(at.getFullYear(), 4), digits(at.getMonth() + 1, 2), digits(at.getDate(), 2)].join('-')
}

/**
 * Whether `message` continues `above`, the previous message of the same author.
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
 * @param {string} [quoted]  what the message says that it answers, if that is known
 */
export function messageElement(message, page, quoted) {
  const { seq, author, view, lang } = message
  const removed = message.removed || message.erased
  const translation = view?.state === 'ready' ? view.text : undefined
  const byOwner = message.byOwner || page.ownerNames.has(author)
  const own = Boolean(message.own || page.names.has(author))
  const [names, marks] = mentionsIn(message, page)
  const kinds = ['message', own && 'own', byOwner && 'by-owner', removed && 'removed', message.pinned && 'pinned',
    !removed && !own && marks && 'for-you']
  const isHidden = !own && page.hidden.has(author)
  return element('li', {
    id: `m${seq}`, class: kinds.filter(Boolean).join(' '),
    'data-seq': seq, 'data-author': author, ...coinOf(author), 'data-view': view?.state,
    'data-reason': view?.reason, 'data-anyway': view?.anyway && 'yes', 'data-translated-by': view?.by, 'data-lang': lang, 'data-by': message.by, 'data-erased': message.erased && 'yes',
    'data-mentions': message.mentions?.length ? JSON.stringify(message.mentions) : undefined,
  },
  head(message, { byOwner, own }, page),
  !removed && !isHidden && message.reply_to && quote(message.reply_to, quoted, page),
  isHidden ? hiddenNote(author) : removed ? element('p', { class: 'text' }, removedText(message, { own, owner: page.owner }))
    : translation !== undefined ? said(translation, page.lang, view?.links, names) : said(message.text, lang, message.links, names),
  !removed && !isHidden && note(message, page),
  !removed && !isHidden && translation !== undefined && translation !== message.text && original(message, page),
  !removed && !isHidden && message.aside && aside(message.aside),
  removed && !message.erased && (own || page.owner) && words(message),
  !removed && !isHidden && Boolean(message.reactions?.length) && reactions(message, page))
}

/**
 * Shown instead of a message of a person whom the reader has hidden.
 *
 * @param {string} author
 */
function hiddenNote(author) {
  return element('p', { class: 'note' }, t('hidden.message'), ' ',
    element('button', { class: 'unhide', type: 'button', 'aria-label': t('hidden.show_label', { author: isolated(author) }) }, t('hidden.show')))
}

/**
 * Returns the names that a message mentions, the reader's own names among them, and whether there are any.
 *
 * @param {Message} message
 * @param {Page} page
 * @returns {[Names, boolean]}
 */
function mentionsIn({ mentions = [] }, page) {
  const names = new Map(mentions.map(([, , name]) => [name, page.names.has(name)]))
  return [names, [...names.values()].includes(true)]
}

/**
 * @param {Message} message
 * @param {{byOwner: boolean, own: boolean}} author
 * @param {Page} page
 */
function head(message, { byOwner, own }, page) {
  const { seq, author, at } = message
  const { url } = page
  return element('p', { class: 'head' },
    element('b', { class: 'author' }, element('bdi', {}, author)), ' ',
    byOwner && element('small', { class: 'role' }, t('message.owner')), ' ',
    element('a', { class: 'when', href: `${url}/messages/${seq}` },
      element('time', { datetime: at, title: dayOf({ at }) }, clock.format(new Date(at)))),
    message.edited && !message.removed && [' ', editedMark(message, own || page.owner, page)],
    message.pinned && [' ', element('small', { class: 'pin' }, t('message.pinned'))])
}

/**
 * @param {string} text
 * @param {string} [lang]
 * @param {Links} [links]
 * @param {Names} [names]  of people who may be mentioned in it, and whether they are ours
 */
export function said(text, lang, links, names) {
  return element('div', { class: isFewEmoji(text) ? 'text large' : 'text', dir: 'auto', lang }, ...formatted(text, links, names))
}

/**
 * A whispered notification, translated; its tooltip has the original.
 *
 * @param {Whisper} whisper
 * @param {Page} page
 */
export function whisperElement({ author, at, text, lang, links, view }, page) {
  const read = view?.state === 'ready' && view.text !== text ? view : undefined
  const shown = read ? said(read.text ?? '', page.lang, read.links) : said(text, lang, links)
  if (read) shown.title = text
  return element('li', { class: 'whisper', ...coinOf(author) },
    element('p', {}, element('b', { class: 'author' }, element('bdi', {}, author)), ' ',
      element('time', { datetime: at, title: dayOf({ at }) }, clock.format(new Date(at))), ' ',
      element('small', { title: t('whisper.explained') }, t('whisper.not_kept'))),
    shown)
}

/**
 * The note about the state of a translation.
 *
 * @param {Pick<Message, 'seq' | 'text' | 'view'>} message
 * @param {Page} page
 */
function note({ seq, text, view }, page) {
  const told = noteOf(view, text, page)
  return told && element('p', { class: 'note' }, ...told, ...buttons(view, seq))
}

/**
 * @param {View | null | undefined} view
 * @param {string} text  what was said
 * @param {Page} page
 */
function noteOf(view, text, page) {
  const reason = element('bdi', {}, view?.reason)
  if (view?.state === 'pending') return [t('message.pending')]
  if (view?.state === 'failed') return textParts('message.failed', { reason })
  if (view?.state === 'skipped') return view.anyway ? textParts('message.skipped', { reason }) : null
  if (view?.by) return textParts('message.translated_by', { by: element('bdi', {}, view.by) })
  return view && page.lang && view.text === text ? [t('message.unchanged')] : null
}

/**
 * The buttons in that note.
 *
 * @param {View | null | undefined} view
 * @param {number} seq
 */
function buttons(view, seq) {
  if (view?.state === 'failed') {
    return [' ', element('button', { class: 'translate', type: 'button', 'aria-label': t('message.translate_again_label', { seq }) }, t('message.translate_again')),
      ' ', element('button', { class: 'translate-all', type: 'button' }, t('message.translate_all'))]
  }
  return view?.anyway ? [' ', element('button', { class: 'translate anyway', type: 'button', 'aria-label': t('message.translate_anyway_label', { seq }) },
    t('message.translate_anyway'))] : []
}

/**
 * The translation of a message by another translator, which the reader has requested.
 *
 * @param {View & {title: string}} view
 */
function aside({ title, state, text = '', links, reason }) {
  const told = state === 'ready' ? formatted(text, links) : [state === 'pending' ? t('message.pending') : reason || t('message.unchanged')]
  return element('div', { class: 'aside' }, element('small', {}, element('bdi', {}, title)),
    element('button', { class: 'close', type: 'button', 'aria-label': t('keys.close') }, '×'), element('div', { dir: 'auto' }, ...told))
}

/**
 * @param {Message} message
 * @param {Page} page
 */
function original(message, page) {
  const { text, lang, links } = message
  const [names] = mentionsIn(message, page)
  return element('details', { class: 'original', open: page.beside },
    element('summary', {}, t('message.original')), element('div', { dir: 'auto', lang }, ...formatted(text, links, names)))
}

/**
 * The text of a removed message, for its author and the owner.
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
 * @param {Names} [names]
 */
const formatted = (text, links, names = new Map()) => parts(text, links).map(markup).flatMap((made) => built(made, names))

/**
 * @param {Markup} made
 * @param {Names} names
 * @returns {(Node | string)[]}
 */
function built(made, names) {
  if (typeof made === 'string') return mentioned(made, names)
  const [tag, attributes, children] = made
  const inner = LITERAL.has(tag) ? new Map() : names
  return [element(tag, attributes, ...children.flatMap((child) => built(child, inner)), attributes.class === 'block' && copyButton())]
}

/**
 * @param {string} text
 * @param {Names} names
 */
function mentioned(text, names) {
  return withMentions(text, [...names.keys()]).map((part, at) => (at % 2
    ? element('span', { class: names.get(part.slice(1)) ? 'mention you' : 'mention' }, part) : part)).filter((part) => part !== '')
}

// Only with JavaScript: copying.js handles the click.
const copyButton = () => element('button', { type: 'button', class: 'copy' }, t('message.copy_code'))

/**
 * Returns the message in an element that the server has rendered.
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
    view: state ? { state, ...read, reason: item.dataset.reason, anyway: Boolean(item.dataset.anyway), by: item.dataset.translatedBy } : null,
    lang: item.dataset.lang,
    nonce: item.dataset.nonce,
    removed,
    by: /** @type {Message['by']} */ (item.dataset.by),
    erased: item.dataset.erased !== undefined || undefined,
    edited: item.querySelector(':scope > .head > .edited')?.dataset.at,
    mentions: item.dataset.mentions && JSON.parse(item.dataset.mentions),
    reply_to: readReply(item.querySelector(':scope > .reply')),
    reactions: readReactions(item.querySelector(':scope > .reactions')),
    pinned: item.classList.contains('pinned') || undefined,
    own: item.classList.contains('own'),
    byOwner: item.classList.contains('by-owner'),
  }
}

/** @param {HTMLElement | null} place */
function readReply(place) {
  return place ? { seq: Number(place.dataset.to), author: place.dataset.author ?? '' } : undefined
}

/** @param {HTMLElement | null} place */
function readReactions(place) {
  return place ? [...place.querySelectorAll('button')].map(({ value, ariaPressed, dataset: { count, names = '[]' } }) => ({
    emoji: value, count: Number(count), names: JSON.parse(names), yours: ariaPressed === 'true',
  })) : undefined
}

/**
 * Returns the text of an element, and its links; `otherwise` if there is no such element.
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
