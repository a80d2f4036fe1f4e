import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PendingCommands } from '../../piratechat/static/scripts/connection/pending_commands.js'

function asking(goes = true) {
  const sent = []
  let count = 0
  return { sent, asking: new PendingCommands((object) => { if (goes) sent.push(object); return goes }, () => `n${++count}`) }
}

test('a command has a nonce, and is answered by done', async () => {
  const { sent, asking: one } = asking()
  const answer = one.ask({ type: 'remove', seq: 7 })
  assert.deepEqual(sent, [{ type: 'remove', seq: 7, nonce: 'n1' }])
  assert.equal(one.answer({ type: 'done', nonce: 'n1' }), true)
  await answer
})

test('an error has a reason', async () => {
  const { asking: one } = asking()
  const answer = one.ask({ type: 'room', title: '' })
  assert.equal(one.answer({ type: 'error', nonce: 'n1', message: 'Type a title first.', field: 'title' }), true)
  await assert.rejects(answer, { message: 'Type a title first.', field: 'title' })
})

test('answers may arrive in any order, each once', async () => {
  const { asking: one } = asking()
  const answers = [one.ask({ type: 'remove', seq: 1 }), one.ask({ type: 'remove', seq: 2 })]
  one.answer({ type: 'done', nonce: 'n2' })
  one.answer({ type: 'done', nonce: 'n1' })
  await Promise.all(answers)
  assert.equal(one.answer({ type: 'done', nonce: 'n1' }), false)
})

test('answers to other commands are ignored', () => {
  const { asking: one } = asking()
  assert.equal(one.answer({ type: 'error', nonce: 'of a message', message: 'too long' }), false)
  assert.equal(one.answer({ type: 'error', message: 'no nonce' }), false)
})

test('without a connection there is no promise', () => {
  assert.equal(asking(false).asking.ask({ type: 'remove', seq: 1 }), null)
})

test('a lost connection rejects all promises', async () => {
  const { asking: one } = asking()
  const answer = one.ask({ type: 'remove', seq: 1 })
  one.lost()
  await assert.rejects(answer, { message: /Connection lost/ })
})
