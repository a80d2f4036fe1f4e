import assert from 'node:assert/strict'
import test from 'node:test'
import { Attention } from '../../piratechat/static/scripts/notifications/attention.js'

const OWN = 5
const attentive = (wish) => new Attention({ wish: () => wish, names: new Set(['Ada']), isOwn: (seq) => seq === OWN })
const plain = { seq: 7, author: 'Bo', text: 'Hello' }
const mention = { ...plain, seq: 8, mentions: [[0, 4, 'Ada']] }
const ofOther = { ...plain, seq: 9, mentions: [[0, 3, 'Cy']] }
const answer = { ...plain, seq: 10, reply_to: { seq: OWN, author: 'A former name' } }

test('"all" notifies of all messages, and "none" of none', () => {
  for (const message of [plain, mention, answer]) {
    assert.equal(attentive('all').wants(message), true)
    assert.equal(attentive('none').wants(message), false)
  }
})

test('"mentions" notifies of mentions and replies', () => {
  const told = [plain, mention, ofOther, answer].filter((message) => attentive('mentions').wants(message))
  assert.deepEqual(told, [mention, answer])
})

test('the title counts notified messages', () => {
  for (const [wish, count] of [['all', 4], ['mentions', 2], ['none', 0]]) {
    const attention = attentive(wish)
    for (const message of [plain, mention, ofOther, answer]) attention.note(message)
    assert.equal(attention.count(4, 6), count, wish)
  }
})

test('seen and removed messages are not counted', () => {
  const attention = attentive('mentions')
  for (const message of [mention, answer]) attention.note(message)
  assert.equal(attention.count(3, 8), 1)
  attention.removed(10)
  assert.equal(attention.count(2, 8), 0)
})
