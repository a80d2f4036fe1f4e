import assert from 'node:assert/strict'
import test from 'node:test'
import { HiddenPeople } from '../../piratechat/static/scripts/log/hidden_people.js'

const kept = (text = null) => ({ text, load() { return this.text }, save(next) { this.text = next; return true } })

test('who is hidden stays so, until they are shown again', () => {
  const keeper = kept()
  new HiddenPeople(keeper).hide('Bo')
  assert.equal(new HiddenPeople(keeper).has('Bo'), true)
  new HiddenPeople(keeper).show('Bo')
  assert.equal(keeper.text, '')
})

test('what the browser kept may be anything', () => {
  for (const text of ['{broken', '7', '[1, null, "Bo"]', 'null']) {
    assert.deepEqual([...new HiddenPeople(kept(text)).names], text.includes('Bo') ? ['Bo'] : [], text)
  }
})

test('the browser has no room for very many', () => {
  const keeper = kept()
  const hidden = new HiddenPeople(keeper)
  for (let number = 0; number < 300; number++) hidden.hide(`Bo ${number}`)
  assert.equal(JSON.parse(keeper.text).length, 200)
})
