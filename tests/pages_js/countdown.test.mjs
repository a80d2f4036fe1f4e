import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Countdown } from '../../piratechat/static/scripts/lib/countdown.js'

function stage() {
  const clock = {
    time: 0,
    alarm: null,
    now: () => clock.time,
    after: (seconds, then) => (clock.alarm = { at: clock.time + seconds, then }),
    cancel: (alarm) => { if (clock.alarm === alarm) clock.alarm = null },
    pass: (seconds) => {
      clock.time += seconds
      if (clock.alarm?.at <= clock.time) {
        const { then } = clock.alarm
        clock.alarm = null
        then()
      }
    },
  }
  const ends = []
  return { clock, ends, countdown: new Countdown(10, () => ends.push(clock.time), clock) }
}

test('a countdown ends once, when its time is over', () => {
  const { clock, ends } = stage()
  clock.pass(9)
  assert.deepEqual(ends, [])
  clock.pass(1)
  clock.pass(100)
  assert.deepEqual(ends, [10])
})

test('a countdown is paused while held, and continues with the remaining time', () => {
  const { clock, ends, countdown } = stage()
  clock.pass(6)
  countdown.hold('pointer')
  clock.pass(60)
  countdown.release('pointer')
  clock.pass(3)
  assert.deepEqual(ends, [])
  clock.pass(1)
  assert.deepEqual(ends, [70])
})

test('a countdown continues when all holders have released it', () => {
  const { clock, ends, countdown } = stage()
  countdown.hold('pointer')
  countdown.hold('focus')
  countdown.hold('focus')
  countdown.release('pointer')
  clock.pass(100)
  assert.deepEqual(ends, [])
  countdown.release('focus')
  countdown.release('focus')
  clock.pass(10)
  assert.deepEqual(ends, [110])
})

test('a stopped countdown never ends', () => {
  const { clock, ends, countdown } = stage()
  countdown.stop()
  clock.pass(100)
  assert.deepEqual(ends, [])
})
