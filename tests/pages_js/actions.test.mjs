import assert from 'node:assert/strict'
import test from 'node:test'
import { actionsFor, lastToEdit } from '../../piratechat/static/scripts/log/actions.js'

const NOON = Date.parse('2026-11-21T12:00:00Z')
const DAY = 24 * 3600
const said = (more = {}) => ({ seq: 1, at: new Date(NOON).toISOString(), author: 'Bo', text: 'Hello', ...more })
const powers = (more = {}) => ({ owner: false, own: false, speaks: true, editTime: DAY, now: NOON + 1000, ...more })

test('others\' messages: reply, react, copy, hide the author', () => {
  assert.deepEqual(actionsFor(said(), powers()), ['reply', 'react', 'aside', 'copy', 'link', 'hide'])
})

test('muted visitors can still read', () => {
  assert.deepEqual(actionsFor(said(), powers({ speaks: false })), ['aside', 'copy', 'link', 'hide'])
})

test('authors edit their messages for a day, and remove or erase them at any time', () => {
  assert.deepEqual(actionsFor(said(), powers({ own: true })), ['reply', 'react', 'edit', 'aside', 'copy', 'link', 'remove', 'erase'])
  assert.ok(!actionsFor(said(), powers({ own: true, now: NOON + DAY * 1000 })).includes('edit'))
  assert.ok(!actionsFor(said(), powers({ own: true, editTime: 0 })).includes('edit'))
  assert.deepEqual(actionsFor(said(), powers({ own: true, speaks: false })), ['aside', 'copy', 'link', 'remove', 'erase'])
})

test('owners pin and remove others\' messages', () => {
  assert.deepEqual(actionsFor(said(), powers({ owner: true })), ['reply', 'react', 'aside', 'copy', 'link', 'pin', 'hide', 'remove'])
  assert.ok(actionsFor(said({ pinned: true }), powers({ owner: true })).includes('unpin'))
})

test('earlier versions are for authors and owners', () => {
  const edited = said({ edited: '2026-11-21T12:00:01Z' })
  assert.ok(actionsFor(edited, powers({ own: true })).includes('history'))
  assert.ok(actionsFor(edited, powers({ owner: true })).includes('history'))
  assert.ok(!actionsFor(edited, powers()).includes('history'))
})

test('authors restore only messages that they removed', () => {
  const own = powers({ own: true })
  assert.deepEqual(actionsFor(said({ removed: true, by: 'author' }), own), ['link', 'restore', 'erase'])
  assert.deepEqual(actionsFor(said({ removed: true, by: 'owner' }), own), ['link', 'erase'])
  assert.deepEqual(actionsFor(said({ removed: true, by: 'author' }), powers({ owner: true })), ['link', 'restore', 'keepRemoved', 'erase'])
  assert.deepEqual(actionsFor(said({ removed: true, by: 'author' }), powers({ owner: true, own: true })), ['link', 'restore', 'erase'])
  assert.deepEqual(actionsFor(said({ removed: true, by: 'owner' }), powers({ owner: true })), ['link', 'restore', 'erase'])
  assert.deepEqual(actionsFor(said({ removed: true, by: 'author' }), powers()), ['link'])
})

test('erased messages have no actions', () => {
  assert.deepEqual(actionsFor(said({ erased: true }), powers({ owner: true, own: true })), ['link'])
})

test('the last editable message of one\'s own', () => {
  const all = [said(), said({ seq: 2, author: 'Ada' }), said({ seq: 3, author: 'Ada', removed: true }), said({ seq: 4 })]
  const over = ({ author }) => powers({ own: author === 'Ada' })
  assert.equal(lastToEdit(all, over)?.seq, 2)
  assert.equal(lastToEdit(all.slice(0, 1), over), undefined)
})
