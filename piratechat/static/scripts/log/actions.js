// The actions that a reader can perform on a message.  Pure; the server checks permissions.

/**
 * @import { Message } from '../types.d.ts'
 * @typedef {'reply' | 'react' | 'edit' | 'history' | 'copy' | 'aside' | 'link' | 'who' | 'pin' | 'unpin' | 'hide' | 'remove' | 'restore' | 'keepRemoved' | 'erase'} Action
 * @typedef {object} Powers
 * @property {boolean} owner  whether the reader owns the room
 * @property {boolean} own  whether the reader wrote the message
 * @property {boolean} speaks  whether the reader may write now
 * @property {number} editTime  seconds for which authors may change a message
 * @property {number} now  milliseconds since 1970
 */

/**
 * The available actions, in the order of the menu.
 *
 * @param {Message} message
 * @param {Powers} powers
 * @returns {Action[]}
 */
export function actionsFor(message, { owner, own, speaks, editTime, now }) {
  const { removed, erased, by } = message
  const mayEdit = own && speaks && now - Date.parse(message.at) < editTime * 1000
  /** @type {[Action, unknown][]} */
  const all = erased ? [['link', true]] : removed ? [
    ['link', true],
    ['restore', owner || (own && by === 'author')],
    ['keepRemoved', owner && !own && by === 'author'],
    ['erase', owner || own],
  ] : [
    ['reply', speaks],
    ['react', speaks],
    ['edit', mayEdit],
    ['aside', true],
    ['copy', true],
    ['link', true],
    ['who', message.reactions?.length],
    ['history', message.edited && (owner || own)],
    [message.pinned ? 'unpin' : 'pin', owner],
    ['hide', !own],
    ['remove', owner || own],
    ['erase', own],
  ]
  return all.filter(([, may]) => may).map(([action]) => action)
}

/**
 * The last message that the reader may still edit, or undefined.
 *
 * @param {Message[]} messages  ascending
 * @param {(message: Message) => Powers} powersOver
 */
export function lastToEdit(messages, powersOver) {
  return messages.findLast((message) => actionsFor(message, powersOver(message)).includes('edit'))
}
