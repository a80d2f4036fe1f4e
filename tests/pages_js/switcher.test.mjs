import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import vm from 'node:vm'
import { MyRooms } from '../../piratechat/static/scripts/rooms/my_rooms.js'
import { inPlace } from '../../piratechat/static/scripts/rooms/switcher.js'

const START = readFileSync(new URL('../../piratechat/static/scripts/start.js', import.meta.url), 'utf8')
const room = (name, title = name) => [name, JSON.stringify({ title, last: 0 })]

// Returns the number of rooms for which start.js reserves space before the page is loaded: 0 without other rooms.
function reserved(text, path = '/rooms/ada', base = '') {
  const root = { dataset: {}, style: { setProperty(_name, value) { this.rooms = Number(value) } } }
  const localStorage = { getItem: (key) => { if (text instanceof Error) throw text; return key === `${base}piratechat:rooms` ? text : null } }
  const currentScript = { src: `https://chat.example${base}/static/v-0123456789ab/scripts/start.js`, dataset: {} }
  const document = { documentElement: root, currentScript, addEventListener() {} }
  vm.runInNewContext(START, { document, location: { pathname: base + path }, localStorage, URL })
  return 'rooms' in root.dataset ? root.style.rooms : 0
}

// Returns the number of rooms in the list after the page has been loaded and its room stored.
function listed(text) {
  const kept = { text, load() { return this.text }, save(value) { this.text = value } }
  const mine = new MyRooms({ rooms: kept, seen: kept })
  mine.remember('ada', { title: 'ada', last: 0 })
  const { length } = mine.list()
  return length > 1 ? length : 0
}

test('space is reserved for as many rooms as the list will have', () => {
  for (const rooms of [[], [room('ada')], [room('bo')], [room('bo'), room('ada')], [room('bo'), room('cy')],
    Array.from({ length: 40 }, (_, at) => room(`room-${at}`))]) {
    assert.equal(reserved(JSON.stringify(rooms)), listed(JSON.stringify(rooms)), JSON.stringify(rooms))
  }
  assert.equal(reserved(null), 0)
  assert.equal(reserved(JSON.stringify([room('bo'), room('cy')])), 3)
  assert.equal(reserved(JSON.stringify([room('ليلى')]), '/rooms/%D9%84%D9%8A%D9%84%D9%89/messages/7'), 0)
})

test('a chat below a path has its own rooms', () => {
  const rooms = JSON.stringify([room('ada'), room('bo')])
  assert.equal(reserved(rooms, '/rooms/ada', '/chat'), 2)
  assert.equal(reserved(rooms, '/rooms/cy', '/chat'), 3)
})

test('no space is reserved for invalid stored data, which is not in the list', () => {
  for (const rooms of [7, 'x', {}, [null], [1], [['bo', 7]], [['bo', 'x']], [['bo', '{}']], [['bo', 'null']], [room('bo', '')],
    [[7, '{"title": "x"}']], [['bo', '{"title": 7}']], [room('bo'), room('bo')]]) {
    assert.equal(reserved(JSON.stringify(rooms)), listed(JSON.stringify(rooms)), JSON.stringify(rooms))
  }
  assert.equal(reserved('{'), 0)
  assert.equal(reserved(new Error('refused')), 0)
  assert.equal(reserved(JSON.stringify([room('bo')]), '/rooms/%'), 0)
})

test('the number of rooms is limited, in the list and in the reserved space', () => {
  const heap = JSON.stringify(Array.from({ length: 20000 }, (_, at) => room(`room-${at}`)))
  assert.ok(reserved(heap) <= 51)
  assert.ok(listed(heap) <= 50)
})

test('rooms are sorted by title, whichever was visited last', () => {
  const rooms = ['Zoe', 'ada', 'Émile', 'Bo'].map((title) => ({ room: title, url: '', title, unread: 0 }))
  assert.deepEqual(inPlace(rooms).map(({ title }) => title), ['ada', 'Bo', 'Émile', 'Zoe'])
  assert.deepEqual(inPlace(rooms.reverse()).map(({ title }) => title), ['ada', 'Bo', 'Émile', 'Zoe'])
  const same = ['b', 'a'].map((name) => ({ room: name, url: '', title: 'The Cabin', unread: 0 }))
  assert.deepEqual(inPlace(same).map(({ room: name }) => name), ['a', 'b'])
})
