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

test('on a later visit everything is new that was said since', () => {
  const room = unread(37, 40)
  assert.equal(room.count, 3)
  assert.equal(room.after, 37)
})

test('what was seen in a room that was put back to an older state is no debt', () => {
  assert.equal(unread(90, 40).count, 0)
})

test('what is said in sight is seen', () => {
  const room = unread(40, 40)
  room.said(41, true)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  assert.deepEqual(room.kept, [41])
})

test('what is said out of sight is counted, and the line stays above the first of it', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.said(42, false)
  assert.equal(room.count, 2)
  assert.equal(room.after, 40)
  assert.deepEqual(room.kept, [])
})

test('what comes again is counted once', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.said(41, false)
  assert.equal(room.count, 1)
})

test('the line stays while it is read, and moves with the next that is new', () => {
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

test('whoever speaks has read what is above', () => {
  const room = unread(37, 40)
  room.knows(41)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  assert.deepEqual(room.kept, [41])
})

test('what follows one\'s own words from elsewhere is new', () => {
  const room = unread(37, 40)
  room.knows(38)
  assert.equal(room.count, 2)
  assert.equal(room.after, 38)
})

test('what was removed before it was seen is not counted, and counted again when it is restored', () => {
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

test('where all that was new is gone there is no line, and the next that is said gets one', () => {
  const room = unread(40, 40)
  room.said(41, false)
  room.removed(41)
  assert.equal(room.count, 0)
  assert.equal(room.after, null)
  room.said(42, false)
  assert.equal(room.count, 1)
  assert.equal(room.after, 40)
})

test('what was removed and came into sight is seen like all else', () => {
  const room = unread(40, 42)
  room.removed(42)
  room.removed(41)
  room.sawAll()
  assert.deepEqual(room.kept, [42])
  room.restored(41)
  assert.equal(room.count, 0)
})

test('what is removed among that which was seen changes nothing', () => {
  const room = unread(40, 42)
  room.removed(40)
  room.removed(43)
  assert.equal(room.count, 2)
  assert.equal(room.after, 40)
})
