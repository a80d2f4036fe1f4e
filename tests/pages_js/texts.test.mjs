import assert from 'node:assert/strict'
import test from 'node:test'
import { plural, text, textParts } from '../../piratechat/static/scripts/lib/texts.js'

test('a text, with values in place of its placeholders', () => {
  assert.equal(text('connection.offline'), 'Offline')
  assert.equal(text('undo.label', { seq: 1234 }), 'Undo: restore message 1,234')
})

test('what a value says is no placeholder', () => {
  assert.equal(text('owner.is_muted', { name: '$& $1 {name}' }), '$& $1 {name} is muted')
})

test('the form for a number', () => {
  assert.equal(plural('room.new_message_count', 1), '1 new message')
  assert.equal(plural('room.new_message_count', 1003), '1,003 new messages')
  assert.equal(plural('error.message_too_long', 1, { limit: 4000 }),
    '1 character too many: a message has at most 4,000. Shorten it, or send it in parts.')
})

test('parts between which elements may stand', () => {
  const element = { tagName: 'BDI' }
  assert.deepEqual(textParts('typing.one', { first: element }), ['', element, ' is typing…'])
})
