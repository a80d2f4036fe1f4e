import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Speech } from '../../piratechat/static/scripts/composer/speech.js'

function speech(owner = false) {
  const said = []
  return { said, speech: new Speech(owner, (reason) => said.push(reason)) }
}

test('muted visitors see the reason until they are unmuted', () => {
  const { said, speech: one } = speech()
  one.change({ muted: true })
  one.change({ muted: false })
  assert.match(said[0], /muted you/)
  assert.equal(said[1], null)
})

test('being muted and a read-only room are independent', () => {
  const { speech: one } = speech()
  one.change({ muted: true, readOnly: true })
  one.change({ muted: false })
  assert.match(one.reason, /read-only/)
  one.change({ muted: true })
  one.change({ readOnly: false })
  assert.match(one.reason, /muted you/)
})

test('the owner can always post', () => {
  const { said, speech: one } = speech(true)
  one.change({ readOnly: true })
  assert.deepEqual(said, [null])
})
