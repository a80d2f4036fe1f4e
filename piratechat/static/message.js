// One message of the log as elements: the same as templates/message.pt makes.

import { element } from './dom.js'
import { parts } from './text.js'

const HUES = 8
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const calendar = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

// In the reader's own time zone; the server, which does not know it, says UTC.
export const dayOf = (message) => calendar.format(new Date(message.at))

// Tells authors apart at a glance; themes choose the colours.
export const hueOf = (author) => [...author].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES

// `page`: {you, owner, ownerName, url, token, beside (originals), lang (of what is read)}
export function messageElement(message, page) {
  const { seq, author, view, removed, lang } = message
  const ready = view?.state === 'ready' && typeof view.text === 'string'
  const byOwner = message.byOwner || (page.ownerName !== undefined && author === page.ownerName)
  const kinds = ['message', author === page.you && 'own', byOwner && 'by-owner', removed && 'removed']
  return element('li', {
    id: `m${seq}`, class: kinds.filter(Boolean).join(' '),
    'data-seq': seq, 'data-author': author, 'data-hue': hueOf(author), 'data-view': view?.state,
    'data-reason': view?.reason, 'data-lang': lang,
  },
  head(message, byOwner, page),
  removed ? element('p', { class: 'text' }, `removed by ${page.owner ? 'you' : 'the owner'}`) : said(ready ? view.text : message.text, ready ? page.lang : lang),
  !removed && note(view, seq),
  !removed && ready && view.text !== message.text && original(message, page),
  removed && page.owner && words(message),
  page.owner && ownersForm(message, removed ? 'restore' : 'remove', page))
}

function head({ seq, author, at }, byOwner, { url }) {
  return element('p', { class: 'head' },
    element('b', { class: 'author' }, element('bdi', {}, author)), ' ',
    byOwner && element('small', { class: 'role' }, 'owner'), ' ',
    element('a', { class: 'when', href: `${url}/messages/${seq}` },
      element('time', { datetime: at, title: dayOf({ at }) }, clock.format(new Date(at)))))
}

export function said(text, lang) {
  return element('p', { class: 'text', dir: 'auto', lang }, ...enriched(text))
}

function note(view, seq) {
  if (view?.state === 'pending') return element('p', { class: 'note' }, 'being translated…')
  if (view?.state !== 'failed') return null
  return element('p', { class: 'note' }, `not translated: ${view.reason} `,
    element('button', { class: 'translate', type: 'button', 'aria-label': `Try again to translate message ${seq}` }, 'Try again'))
}

function original({ text, lang }, { beside }) {
  return element('details', { class: 'original', open: beside },
    element('summary', {}, 'original'), element('p', { dir: 'auto', lang }, ...enriched(text)))
}

// What a message said that was removed, for the owner's eyes.
function words({ text, removed_text: known, lang }) {
  return element('details', { class: 'original words' },
    element('summary', {}, 'show'), element('p', { dir: 'auto', lang }, ...enriched(text || known || '…')))
}

function enriched(text) {
  return parts(text).map(({ kind, value }) => ({
    text: () => value,
    code: () => element('code', {}, value),
    block: () => element('code', { class: 'block' }, value),
    link: () => element('a', { href: value, rel: 'nofollow noopener noreferrer', target: '_blank' }, value),
  })[kind]())
}

function ownersForm({ seq, author }, what, { url, token }) {
  const label = `${what[0].toUpperCase()}${what.slice(1)} message ${seq} of ${author}`
  return element('form', { class: what, method: 'post', action: `${url}/messages/${seq}/${what}` },
    element('input', { type: 'hidden', name: 'csrf_token', value: token }),
    element('button', { 'aria-label': label }, what))
}

// The message that an element made by the server shows.
export function readMessage(item) {
  const text = item.querySelector(':scope > .text')?.textContent ?? ''
  const original = item.querySelector(':scope > .original p')?.textContent
  const state = item.dataset.view
  const removed = item.classList.contains('removed')
  return {
    seq: Number(item.dataset.seq),
    at: item.querySelector('time').dateTime,
    author: item.dataset.author,
    text: original ?? (removed ? '' : text),
    view: state ? { state, text, reason: item.dataset.reason } : null,
    lang: item.dataset.lang,
    removed,
    byOwner: item.classList.contains('by-owner'),
  }
}
