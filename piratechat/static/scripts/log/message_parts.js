// Renders parts that only some messages have, with the same elements as templates/message.pt.

import { element } from '../lib/dom.js'
import { numbers, plural, text as t } from '../lib/texts.js'

/** @import { Message, Page, Reaction } from '../types.d.ts' */

// Length of a quotation in a reply, in letters, as in views/message_list.py.
const QUOTED = 200
// Maximum number of names in the tooltip of a reaction.
const NAMED = 20

/**
 * The message that another one replies to.
 *
 * @param {NonNullable<Message['reply_to']>} target
 * @param {string | undefined} line  what it says; none if it is not known, or gone
 * @param {Page} page
 */
export function quote({ seq, author }, line, { url }) {
  const who = author ? element('bdi', {}, author) : t('message.removed')
  return element('p', { class: 'reply', 'data-to': seq, 'data-author': author },
    element('a', { href: `${url}/messages/${seq}`, 'aria-label': t('message.reply_label', { author: author || t('message.removed') }) }, who),
    line !== undefined && element('q', { dir: 'auto' }, shortened(line)))
}

/** @param {string} text */
export function shortened(text) {
  const letters = [...text.trim().replaceAll(/\s+/g, ' ')]
  return letters.length > QUOTED ? `${letters.slice(0, QUOTED).join('')}…` : letters.join('')
}

/**
 * The mark of an edited message, with a link to earlier versions for those who may see them.
 *
 * @param {Message} message
 * @param {boolean} mayLook
 * @param {Page} page
 */
export function editedMark({ seq, edited }, mayLook, { url }) {
  const title = edited && new Date(edited).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' })
  return mayLook
    ? element('a', { class: 'edited', href: `${url}/messages/${seq}/history`, 'data-at': edited, title }, t('message.edited'))
    : element('small', { class: 'edited', 'data-at': edited, title }, t('message.edited'))
}

/**
 * @param {Message} message
 * @param {Page} page
 */
export function reactions({ seq, reactions: all = [] }, { url, token }) {
  return element('form', { class: 'reactions', method: 'post', action: `${url}/messages/${seq}/react` },
    element('input', { type: 'hidden', name: 'csrf_token', value: token }),
    ...all.map(chip))
}

/** @param {Reaction} reaction */
function chip({ emoji, count, names, yours }) {
  const shown = names.slice(0, NAMED)
  const who = count > shown.length
    ? plural('reactions.and_more', count - shown.length, { names: shown.join(', ') })
    : shown.join(', ')
  return element('button', { name: yours ? 'off' : 'emoji', value: emoji, 'aria-pressed': String(Boolean(yours)), title: who,
    'aria-label': plural('reactions.label', count, { emoji, names: who }), 'data-count': count, 'data-names': JSON.stringify(names) },
    element('span', { 'aria-hidden': 'true' }, emoji), ' ', element('b', { 'aria-hidden': 'true' }, numbers.format(count)))
}

/**
 * The note about a removed message.
 *
 * @param {Message} message
 * @param {{own: boolean, owner: boolean}} reader
 */
export function removedText({ by, erased }, { own, owner }) {
  if (erased) return t('message.erased')
  if (by === 'author') return own ? t('message.removed_by_yourself') : t('message.removed_by_author')
  return owner ? t('message.removed_by_you') : t('message.removed_by_owner')
}

