import assert from 'node:assert/strict'
import test from 'node:test'
import { parts } from '../../piratechat/static/text.js'

const kinds = (text) => parts(text).map(({ kind, value }) => [kind, value])

test('links and code are found', () => {
  assert.deepEqual(kinds('see https://example.org/a?b=1, then `ls -l`'),
    [['text', 'see '], ['link', 'https://example.org/a?b=1'], ['text', ', then '], ['code', '`ls -l`']])
})

test('brackets around a link are not the link', () => {
  assert.deepEqual(kinds('(https://example.org/a).'), [['text', '('], ['link', 'https://example.org/a'], ['text', ').']])
  assert.deepEqual(kinds('https://example.org/a_(b)'), [['link', 'https://example.org/a_(b)']])
})

test('a link in code is code', () => {
  assert.deepEqual(kinds('```\nhttps://a.example\n```\nend'), [['block', '```\nhttps://a.example\n```\n'], ['text', 'end']])
})

test('other schemes stay text', () => {
  assert.deepEqual(kinds('javascript:alert(1)'), [['text', 'javascript:alert(1)']])
})

test('joined together they are the text', () => {
  for (const text of ['', 'a', '```', '`', '`a`b`', 'https://', '  \n https://x.y)) ```a``` `b`\n', '<b>https://x"y</b>']) {
    assert.equal(parts(text).map(({ value }) => value).join(''), text)
  }
})
