import assert from 'node:assert/strict'
import test from 'node:test'
import { ofEpoch, shelf } from '../../piratechat/static/scripts/lib/storage.js'

function keeper(text = null) {
  return { text, load() { return this.text }, save(value) { this.text = value } }
}

test('each room has its own data', () => {
  const kept = keeper()
  shelf(kept, 'ada', 3).save('one')
  shelf(kept, 'bo', 3).save('two')
  assert.equal(shelf(kept, 'ada', 3).load(), 'one')
  assert.equal(shelf(kept, 'bo', 3).load(), 'two')
  assert.equal(shelf(kept, 'cy', 3).load(), null)
})

test('only the rooms written last are stored', () => {
  const kept = keeper()
  for (const room of ['a', 'b', 'c']) shelf(kept, room, 3).save('x')
  shelf(kept, 'a', 3).save('y')
  shelf(kept, 'd', 3).save('z')
  assert.deepEqual(['a', 'b', 'c', 'd'].map((room) => shelf(kept, room, 3).load()), ['y', null, 'x', 'z'])
})

test('rooms without data are not stored', () => {
  const kept = keeper()
  shelf(kept, 'ada', 3).save('one')
  shelf(kept, 'ada', 3).save('')
  assert.equal(kept.text, '')
})

test('invalid stored data is ignored', () => {
  for (const text of ['', '{', 'null', '7', '{"ada": "x"}', '[1]', '[["ada", 7]]']) {
    const kept = keeper(text)
    assert.equal(shelf(kept, 'ada', 3).load(), null, text)
    shelf(kept, 'ada', 3).save('one')
    assert.equal(shelf(kept, 'ada', 3).load(), 'one', text)
  }
})

test('data of another database is neither read nor written', () => {
  const kept = keeper('old')
  const known = keeper('e1')
  const [mine, other] = ['e1', 'e2'].map((epoch) => ofEpoch(kept, epoch, known))
  assert.deepEqual([mine.load(), other.load(), other.save('new'), kept.text], ['old', null, false, 'old'])
  known.text = 'e2'
  mine.save('older')
  other.save('new')
  assert.deepEqual([mine.load(), other.load()], [null, 'new'])
})
