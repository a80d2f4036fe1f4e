import assert from 'node:assert/strict'
import test from 'node:test'
import { plural, text, textParts } from '../../piratechat/static/scripts/lib/texts.js'

test('placeholders of a text are replaced by values', () => {
  assert.equal(text('connection.offline'), 'Offline')
  assert.equal(text('undo.label', { seq: 1234 }), 'Undo: restore message 1,234')
})

test('placeholders in values are not replaced', () => {
  assert.equal(text('owner.is_muted', { name: '$& $1 {name}' }), '$& $1 {name} is muted')
})

test('a number selects the plural form', () => {
  assert.equal(plural('room.new_message_count', 1), '1 new message')
  assert.equal(plural('room.new_message_count', 1003), '1,003 new messages')
  assert.equal(plural('error.message_too_long', 1, { limit: 4000 }),
    '1 character too many: a message has at most 4,000. Shorten it, or send it in parts.')
})

test('a text can be split into parts with elements between them', () => {
  const element = { tagName: 'BDI' }
  assert.deepEqual(textParts('typing.one', { first: element }), ['', element, ' is typing…'])
})
