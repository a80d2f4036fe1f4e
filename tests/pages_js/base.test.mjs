// The base path of the chat, as known to its scripts.

import assert from 'node:assert/strict'
import test from 'node:test'

import { BASE, baseOf } from '../../piratechat/static/scripts/lib/base.js'

const FILE = '/static/v-0123456789ab/scripts/room.js'

test('the base is the path before the files', () => {
  assert.equal(baseOf(`https://example.org${FILE}`), '')
  assert.equal(baseOf(`https://example.org/chat${FILE}`), '/chat')
  assert.equal(baseOf(`https://example.org/team/static${FILE}`), '/team/static')
  assert.equal(baseOf('http://127.0.0.1:8080/chat/static/scripts/lib/base.js'), '/chat')
})

test('the base is empty in tests', () => assert.equal(BASE, ''))
