import assert from 'node:assert/strict'
import test from 'node:test'
import { Unread } from '../../piratechat/static/scripts/log/unread.js'

function unread(seen, last) {
  const kept = []
  return Object.assign(new Unread({ seen, last, onSeen: (seq) => kept.push(seq) }), { kept })
}

test('on a first visit nothing is new', () => {
  const room = unread(NaN, 40)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
})

test('on a later visit, messages posted since are new', () => {
  const room = unread(37, 40)
  assert.equal(room.count, 3)
  assert.equal(room.after, 37)
})

test('nothing is new in a room restored to an older state', () => {
  assert.equal(unread(90, 40).count, 0)
})

test('visible messages are seen', () => {
  const room = unread(40, 40)
  room.said(41, true)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  assert.deepEqual(room.kept, [41])
})

test('invisible messages are counted, and the line stays above the first one', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.said(42, false)
  assert.equal(room.count, 2)
  assert.equal(room.after, 40)
  assert.deepEqual(room.kept, [])
})

test('duplicate messages are counted once', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.said(41, false)
  assert.equal(room.count, 1)
})

test('the line stays when messages are seen, and moves with the next invisible one', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.sawAll()
  assert.equal(room.count, 0)
  assert.equal(room.after, 40)
  room.said(42, true)
  assert.equal(room.after, 40)
  room.said(43, false)
  assert.equal(room.after, 42)
  assert.deepEqual(room.kept, [41, 42])
})

test('messages before an own one are seen', () => {
  const room = unread(37, 40)
  room.knows(41)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  assert.deepEqual(room.kept, [41])
})

test('messages after an own one of another window are new', () => {
  const room = unread(37, 40)
  room.knows(38)
  assert.equal(room.count, 2)
  assert.equal(room.after, 38)
})

test('removed messages are not counted until they are restored', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.said(42, false)
  room.removed(41)
  room.removed(41)
  assert.equal(room.count, 1)
  assert.equal(room.after, 40)
  room.restored(41)
  room.restored(41)
  assert.equal(room.count, 2)
})

test('the line disappears with the last new message, and returns with the next one', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.removed(41)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  room.said(42, false)
  assert.equal(room.count, 1)
  assert.equal(room.after, 40)
})

test('removed messages are seen like others', () => {
  const room = unread(40, 42)
  room.removed(42)
  room.removed(41)
  room.sawAll()
  assert.deepEqual(room.kept, [42])
  room.restored(41)
  assert.equal(room.count, 0)
})

test('removing seen or unknown messages changes nothing', () => {
  const room = unread(40, 42)
  room.removed(40)
  room.removed(43)
  assert.equal(room.count, 2)
  assert.equal(room.after, 40)
})
