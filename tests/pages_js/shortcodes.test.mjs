import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { EmojiNames, closedName, typedName } from '../../piratechat/static/scripts/composer/shortcodes.js'
import { isFewEmoji } from '../../piratechat/static/scripts/log/emoji.js'

const file = new URL('../../piratechat/static/emoji_names.json', import.meta.url)
const names = new EmojiNames(JSON.parse(await readFile(file, 'utf8')))
const at = (find, text) => find(text, text.length)

test('each name has one emoji', () => {
  assert.ok(names.emoji.size > 1800)
  for (const [name, emoji] of names.emoji) {
    assert.match(name, /^[a-z0-9_+-]{1,60}$/)
    // Signs that are plain text without a selector do not count as emoji.
    assert.ok(isFewEmoji(emoji) || /^[\u00a9\u00ae\u2122]\ufe0f?$/.test(emoji), `${name} ${emoji}`)
  }
  assert.equal(names.emoji.get('parrot'), '🦜')
  assert.equal(names.emoji.get('pirate_flag'), '🏴‍☠️')
  assert.equal(names.emoji.get('+1'), '👍️')
})

test('a name is enclosed in colons, and starts where a word may start', () => {
  assert.deepEqual(at(closedName, ':parrot:'), { start: 0, name: 'parrot' })
  assert.deepEqual(at(closedName, 'a (:+1:'), { start: 3, name: '+1' })
  assert.deepEqual(at(closedName, '🦜:parrot:'), { start: 2, name: 'parrot' })
  assert.deepEqual(closedName('say :ok: now', 8), { start: 4, name: 'ok' })
})

test('times, scopes, URLs and faces are not names', () => {
  for (const text of ['10:30:', 'std::is:', 'http://a:80:', 'C:/a:', 'é:a:', 'note:important:', ': a:', '::', ':a b:', 'x\\:a:', ':Ab:']) {
    assert.equal(at(closedName, text), null, text)
  }
  for (const text of ['10:30', 'http:', 'so: it', ':', ':-)', 'a:b', 'std::ve', ':a:']) assert.equal(at(typedName, text), null, text)
})

test('there are no names in code, closed or not', () => {
  for (const text of ['`:parrot:', 'a `b :parrot:', '```\n:parrot:', '```\na\n``` b ```\n:parrot:', '`a` `:parrot:']) {
    assert.equal(at(closedName, text), null, text)
    assert.equal(at(typedName, text.slice(0, -1)), null, text)
  }
  for (const text of ['`a` :parrot:', 'a ` b\n:parrot:', '```\na\n```\n:parrot:']) assert.equal(at(closedName, text)?.name, 'parrot', text)
})

test('names are suggested from two letters on: first those with this beginning, the shortest first, then those with such a word', () => {
  const offered = (typed) => names.beginningWith(typed).map(({ name }) => name)
  assert.deepEqual(offered('parr'), ['parrot'])
  assert.deepEqual(offered('pirate'), ['pirate_flag'])
  assert.equal(offered('flag').length, 6)
  assert.ok(offered('eyes').includes('heart_eyes'))
  assert.deepEqual(offered('+1'), ['+1'])
  for (const typed of ['p', '30', '-', 'nosuchname', 'constructor', '__proto__']) assert.deepEqual(offered(typed), [], typed)
  const found = names.beginningWith('smile')
  assert.equal(new Set(found.map(({ emoji }) => emoji)).size, found.length)
})

test('a long text is searched quickly', () => {
  const text = `${':a'.repeat(50_000)}:parrot`
  const started = process.cpuUsage().user
  for (let i = 0; i < 100; i++) typedName(text, text.length)
  assert.ok(process.cpuUsage().user - started < 2_000_000)
})
