import assert from 'node:assert/strict'
import test from 'node:test'
import { namesLike, typedMention } from '../../piratechat/static/scripts/composer/mentions.js'
import { withMentions } from '../../piratechat/static/scripts/log/mentions.js'

test('text after an "@" is the beginning of a name', () => {
  for (const [text, name] of [['@', ''], ['hello @bo', 'bo'], ['@Ada Lo', 'Ada Lo'], ['(@x', 'x'], ['你好@李', '李'], ['שלום @דנ', 'דנ']]) {
    assert.deepEqual(typedMention(text, text.length), { start: text.lastIndexOf('@'), name }, text)
  }
})

test('text in an address, in code, on another line, or far away is not the beginning of a name', () => {
  for (const text of ['me@example', 'a.b@c', '`@bo', '```\n@bo', '@bo\n', `@${'x'.repeat(41)}`, 'no one']) {
    assert.equal(typedMention(text, text.length), null, text)
  }
})

test('names that begin with the text are first, then those with such a word, at most six', () => {
  assert.deepEqual(namesLike('bo', ['Ada Bone', 'Bo', 'bob', 'Bo']), ['Bo', 'bob', 'Ada Bone'])
  assert.deepEqual(namesLike('', ['Cy', 'Bo']), ['Cy', 'Bo'])
  assert.equal(namesLike('', [...'abcdefghij']).length, 6)
  assert.deepEqual(namesLike('ＢＯ', ['Bo']), ['Bo'])
})

test('mentions are found in translations', () => {
  assert.deepEqual(withMentions('Ahoy @Bo, and @bo bo!', ['Bo']), ['Ahoy ', '@Bo', ', and ', '@bo', ' bo!'])
  assert.deepEqual(withMentions('@Ada Lovelace and @Ada', ['Ada', 'Ada Lovelace']), ['', '@Ada Lovelace', ' and ', '@Ada', ''])
  assert.deepEqual(withMentions('你好@李雷你好', ['李雷']), ['你好', '@李雷', '你好'])
})

test('names are whole words in scripts with spaces', () => {
  assert.deepEqual(withMentions('@Bobby, x@Bob and @Bob', ['Bob']), ['@Bobby, x@Bob and ', '@Bob', ''])
  assert.deepEqual(withMentions('@Юлия и @Юл', ['Юл']), ['@Юлия и ', '@Юл', ''])
  assert.deepEqual(withMentions('看@Bob的, @민수님', ['Bob', '민수']), ['看', '@Bob', '的, ', '@민수', '님'])
  assert.deepEqual(withMentions('\uff20Bob!', ['Bob']), ['', '\uff20Bob', '!'])
})

test('names may have any characters', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a name
  const name = 'a.*+?^${}()|[]\\/-b'
  assert.deepEqual(withMentions(`@${name}!`, [name]), ['', `@${name}`, '!'])
  assert.deepEqual(withMentions('@axxb', [name]), ['@axxb'])
})
