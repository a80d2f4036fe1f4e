import assert from 'node:assert/strict'
import test from 'node:test'
import { Draft } from '../../piratechat/static/scripts/composer/draft.js'

// Storage like that of browsers: null if nothing is stored.
function keeper({ full = false } = {}) {
  let kept = null
  return {
    load: () => kept,
    save(text) {
      if (full && text) return false
      kept = text || null
      return true
    },
  }
}

// Windows of one room.
function room() {
  const copy = keeper()
  return { copy, window: (own = keeper()) => new Draft({ own, copy }) }
}

test('a new window has the last draft of the room', () => {
  const { window } = room()
  window().save('half a thought')
  assert.equal(window().text, 'half a thought')
})

test('each window keeps its own draft', () => {
  const { window } = room()
  const [one, two] = [keeper(), keeper()]
  window(one).save('half a thought')
  const other = window(two)
  other.save('something else')
  other.save('')
  assert.equal(window(one).text, 'half a thought', 'reloaded')
  assert.equal(window(two).text, '', 'what was said is not shown again, nor what another has')
})

test('sending deletes only the copy of its draft', () => {
  const { window, copy } = room()
  const [one, two] = [window(), window()]
  two.save('something else')
  one.save('half a thought')
  two.save('')
  assert.equal(copy.load(), 'half a thought')
  one.save('')
  assert.equal(copy.load(), null)
})

test('a hidden window stores its draft for the next one', () => {
  const { window } = room()
  const one = window()
  one.save('half a thought')
  const two = window()
  two.save('half a thought, said')
  two.save('')
  assert.equal(window().text, '')
  one.leave()
  assert.equal(window().text, 'half a thought')
})

test('an empty window stores and deletes nothing', () => {
  const { window, copy } = room()
  const one = window()
  window().save('half a thought')
  one.leave()
  assert.equal(copy.load(), 'half a thought')
})

test('a window reports that its draft is not stored', () => {
  const { window } = room()
  assert.equal(window().kept, true)
  const full = window(keeper({ full: true }))
  full.save('half a thought')
  assert.equal(full.kept, false, 'a full disk')
  full.save('')
  assert.equal(full.kept, true)
  const long = window()
  long.save('x'.repeat(100_001))
  assert.equal(long.kept, false)
  long.save('x'.repeat(100_000))
  assert.equal(long.kept, true)
})

test('invalid stored data is ignored', () => {
  for (const text of ['{', '7', '"x"', '{"text": 7}', 'null']) {
    const own = keeper()
    own.save(text)
    assert.equal(room().window(own).text, '', text)
  }
})
