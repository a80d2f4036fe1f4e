import assert from 'node:assert/strict'
import test from 'node:test'
import { Composition } from '../../piratechat/static/scripts/composer/composition.js'

function happened(target, type, values) {
  const event = Object.assign(new Event(type), values)
  Object.defineProperty(event, 'timeStamp', { value: values?.at ?? 0 })
  target.dispatchEvent(event)
  return event
}

function keyed(field, composition, values) {
  return composition.owns(happened(field, 'keydown', { key: 'Enter', keyCode: 13, isComposing: false, ...values }))
}

test('keys are handled by the page without a composition', () => {
  const field = new EventTarget()
  assert.equal(keyed(field, new Composition(field)), false)
})

test('Chromium and Firefox: isComposing is set, and the composition ends after the key', () => {
  const field = new EventTarget()
  const composition = new Composition(field)
  assert.equal(keyed(field, composition, { isComposing: true, keyCode: 229, at: 10 }), true)
  happened(field, 'compositionend', { at: 11 })
  happened(field, 'keyup', { at: 12 })
  assert.equal(keyed(field, composition, { at: 20 }), false, 'the next one sends, however quick')
})

test('Safari: the composition has ended, and only the key code reveals it', () => {
  const field = new EventTarget()
  assert.equal(keyed(field, new Composition(field), { keyCode: 229 }), true)
})

test('Safari: a key immediately after the end has ended it, whatever its code', () => {
  const field = new EventTarget()
  const composition = new Composition(field)
  happened(field, 'compositionend', { at: 1000 })
  assert.equal(keyed(field, composition, { at: 999 }), true, 'keys have the time at which they were pressed')
  assert.equal(keyed(field, composition, { at: 1001 }), false, 'only one')
})

test('a composition ended by a click consumes no key', () => {
  const field = new EventTarget()
  const composition = new Composition(field)
  happened(field, 'compositionend', { at: 1000 })
  assert.equal(keyed(field, composition, { at: 1500 }), false)
})
