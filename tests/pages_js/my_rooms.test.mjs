import assert from 'node:assert/strict'
import test from 'node:test'
import { MyRooms } from '../../piratechat/static/scripts/rooms/my_rooms.js'
import { shelf } from '../../piratechat/static/scripts/lib/storage.js'

function keeper(text = null) {
  return { text, saved: 0, load() { return this.text }, save(value) { this.text = value; this.saved += 1 } }
}

function rooms() {
  const kept = { rooms: keeper(), seen: keeper() }
  return { kept, mine: new MyRooms(kept), see: (room, seq) => shelf(kept.seen, room, 200).save(String(seq)) }
}

test('the last visited room is first', () => {
  const { mine } = rooms()
  mine.remember('ada', { title: 'Ada', last: 3 })
  mine.remember('bo', { title: 'Bo', last: 0 })
  mine.remember('ada', { title: 'The Cabin', last: 3 })
  assert.deepEqual(mine.list().map(({ room, title }) => [room, title]), [['ada', 'The Cabin'], ['bo', 'Bo']])
})

test('unseen messages are counted, as far as known', () => {
  const { mine, see } = rooms()
  mine.remember('ada', { title: 'Ada', last: 7 })
  assert.equal(mine.list()[0].unread, 0, 'nothing is said to be seen or not')
  see('ada', 4)
  assert.equal(mine.list()[0].unread, 3)
  see('ada', 9)
  assert.equal(mine.list()[0].unread, 0, 'an older backup took the place of what was seen')
})

test('a page of older messages does not know the newest', () => {
  const { mine, see } = rooms()
  mine.remember('ada', { title: 'Ada', last: 7 })
  see('ada', 5)
  mine.remember('ada', { title: 'Ada', last: undefined })
  assert.equal(mine.list()[0].unread, 2)
})

test('nothing is written without changes', () => {
  const { mine, kept } = rooms()
  mine.remember('ada', { title: 'Ada', last: 7 })
  mine.remember('ada', { title: 'Ada', last: 7 })
  assert.equal(kept.rooms.saved, 1)
})

test('the number of stored rooms is limited', () => {
  const { mine } = rooms()
  for (let at = 0; at < 60; at += 1) mine.remember(`room-${at}`, { title: `${at}`, last: 0 })
  const found = mine.list()
  assert.equal(found.length, 50)
  assert.equal(found[0].room, 'room-59')
})

test('links lead to rooms, whatever is stored', () => {
  const { mine } = rooms()
  for (const room of ['ليلى', '../x', 'javascript:alert(1)', 'a?b#c']) mine.remember(room, { title: 'x', last: 0 })
  for (const { url } of mine.list()) assert.match(url, /^\/rooms\/[^/?#]+$/)
  assert.equal(mine.list()[3].url, '/rooms/%D9%84%D9%8A%D9%84%D9%89')
})

test('invalid stored data is ignored', () => {
  for (const text of ['', '{', 'null', '7', '{"ada": "x"}', '[1]', '[["ada", 7]]', '[["ada", "x"]]', '[["ada", "{}"]]',
    '[["ada", "null"]]', '[["ada", "{\\"title\\": 7}"]]', '[[7, "{\\"title\\": \\"x\\"}"]]']) {
    assert.deepEqual(new MyRooms({ rooms: keeper(text), seen: keeper(text) }).list(), [], text)
  }
  const found = new MyRooms({ rooms: keeper('[["ada", "{\\"title\\": \\"x\\", \\"last\\": \\"7\\"}"]]'), seen: keeper('[["ada", "2"]]') })
  assert.equal(found.list()[0].unread, 0)
})

test('numbers of another database are deleted, and the order of rooms kept', () => {
  const { kept, mine, see } = rooms()
  mine.remember('ada', { title: 'Ada', last: 9 })
  mine.remember('bo', { title: 'Bo', last: 5 })
  kept.seen.save('')
  mine.forgetNumbers()
  see('ada', 3)
  mine.remember('bo', { title: 'Bo', last: undefined })
  see('bo', 2)
  assert.deepEqual(mine.list().map(({ room, title, unread }) => [room, title, unread]), [['bo', 'Bo', 0], ['ada', 'Ada', 0]])
})
