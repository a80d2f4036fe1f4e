import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Speech } from '../../piratechat/static/scripts/composer/speech.js'

function speech(owner = false) {
  const said = []
  return { said, speech: new Speech(owner, (reason) => said.push(reason)) }
}

test('who is muted is told, and told again when unmuted', () => {
  const { said, speech: one } = speech()
  one.change({ muted: true })
  one.change({ muted: false })
  assert.match(said[0], /muted you/)
  assert.equal(said[1], null)
})

test('who is unmuted in a read-only room still may not speak, nor who is muted in one that is open again', () => {
  const { speech: one } = speech()
  one.change({ muted: true, readOnly: true })
  one.change({ muted: false })
  assert.match(one.reason, /read-only/)
  one.change({ muted: true })
  one.change({ readOnly: false })
  assert.match(one.reason, /muted you/)
})

test('the owner may always speak', () => {
  const { said, speech: one } = speech(true)
  one.change({ readOnly: true })
  assert.deepEqual(said, [null])
})
