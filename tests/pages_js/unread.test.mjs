import assert from 'node:assert/strict'
import test from 'node:test'
import { Unread } from '../../piratechat/static/unread.js'

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
