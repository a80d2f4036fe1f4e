import assert from 'node:assert/strict'
import test from 'node:test'
import { HiddenPeople } from '../../piratechat/static/scripts/log/hidden_people.js'

const kept = (text = null) => ({ text, load() { return this.text }, save(next) { this.text = next; return true } })

test('hidden people stay hidden until they are shown again', () => {
  const keeper = kept()
  new HiddenPeople(keeper).hide('Bo')
  assert.equal(new HiddenPeople(keeper).has('Bo'), true)
  new HiddenPeople(keeper).show('Bo')
  assert.equal(keeper.text, '')
})

test('invalid stored data is ignored', () => {
  for (const text of ['{broken', '7', '[1, null, "Bo"]', 'null']) {
    assert.deepEqual([...new HiddenPeople(kept(text)).names], text.includes('Bo') ? ['Bo'] : [], text)
  }
})

test('the number of hidden people is limited', () => {
  const keeper = kept()
  const hidden = new HiddenPeople(keeper)
  for (let number = 0; number < 300; number++) hidden.hide(`Bo ${number}`)
  assert.equal(JSON.parse(keeper.text).length, 200)
})
