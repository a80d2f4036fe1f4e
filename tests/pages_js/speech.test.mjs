import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Speech } from '../../piratechat/static/speech.js'

function speech(owner = false) {
  const said = []
  return { said, speech: new Speech(owner, (reason) => said.push(reason)) }
}

test('who is silenced is told, and told again when forgiven', () => {
  const { said, speech: one } = speech()
  one.change({ silenced: true })
  one.change({ silenced: false })
  assert.match(said[0], /silenced you/)
  assert.equal(said[1], null)
})

test('who is forgiven in a read-only room still may not speak, nor who is silenced in one that is open again', () => {
  const { speech: one } = speech()
  one.change({ silenced: true, readOnly: true })
  one.change({ silenced: false })
  assert.match(one.reason, /read-only/)
  one.change({ silenced: true })
  one.change({ readOnly: false })
  assert.match(one.reason, /silenced you/)
})

test('the owner may always speak', () => {
  const { said, speech: one } = speech(true)
  one.change({ readOnly: true })
  assert.deepEqual(said, [null])
})
