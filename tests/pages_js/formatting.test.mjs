import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { isFewEmoji } from '../../piratechat/static/scripts/log/emoji.js'
import { linksOf, parts, plain } from '../../piratechat/static/scripts/log/formatting.js'
import { htmlOf } from './html.mjs'

// tests/model/test_formatting.py tests the same with the server.
const CASES = JSON.parse(readFileSync(new URL('formatting.json', import.meta.url)))

const textOf = ({ value, parts: inner, kind }) => (['text', 'mark'].includes(kind) ? value : inner.map(textOf).join(''))

for (const { what, text, links, html } of CASES) {
  test(`formatting: ${what}`, () => {
    assert.equal(htmlOf(text, links), html)
    assert.equal(parts(text, links).map(textOf).join(''), text)
  })
}

test('plain text for announcements has no formatting marks', () => {
  for (const [text, heard] of [
    ['**bold** and *so* ~~on~~', 'bold and so on'],
    ['***both*** of _them_', 'both of them'],
    ['run `make` or ``a`b``', 'run make or a`b'],
    ['so:\n```js\nlet a = 1\n```\nand `b`', 'so:\nlet a = 1\nand b'],
    ['```a```\nb', 'a\nb'],
    ['> who *is* it?\n> I\nyou', 'who is it?\nI\nyou'],
    ['- one\n  - **two**\n7. seven\n> 8. eight', 'one\ntwo\n7. seven\n8. eight'],
    ['2 * 3 * 4, snake_case', '2 * 3 * 4, snake_case'],
    ['¯\\_(ツ)_/¯ <b>&amp;', '¯\\_(ツ)_/¯ <b>&amp;'],
    ['', ''],
  ]) assert.equal(plain(text), heard)
  assert.equal(plain('*see* a.example/_x_', [[6, 19, 'http://a.example/_x_']]), 'see a.example/_x_')
})

test('plain text has only typed characters', () => {
  for (const { text, links, what } of CASES) {
    const heard = plain(text, links)
    assert.ok(heard.length <= text.length, what)
    const typed = [...text]
    let at = 0
    for (const one of heard) {
      at = typed.indexOf(one, at) + 1
      assert.ok(at, `${what}: ${heard}`)
    }
  }
})

test('links have the server\'s URLs if they are allowed', () => {
  assert.equal(htmlOf('example.org', [[0, 11, 'http://example.org']]),
    '<a href="http://example.org" rel="nofollow noopener noreferrer" target="_blank">example.org</a>')
  for (const href of ['javascript:alert(1)', 'data:text/html,x', ' https://a.example', '//a.example', '']) {
    assert.equal(htmlOf('here', [[0, 4, href]]), 'here', href)
  }
})

test('without links from the server, there are none', () => {
  assert.equal(htmlOf('https://a.example'), 'https://a.example')
})

test('links are found in the displayed text', () => {
  assert.deepEqual(linksOf([{ value: '🦜 at ' }, { value: '*' }, { value: 'a.example', href: 'http://a.example' }, { value: '*' }]),
    [[6, 15, 'http://a.example']])
})

test('one to three emoji and nothing else are shown large', () => {
  for (const text of ['🦜', '🏴‍☠️', '❤️', '👩🏽‍🚀 👨‍👩‍👧‍👦\n🏴󠁧󠁢󠁷󠁬󠁳󠁿', '🇩🇪', '1️⃣', ' 🎉🎉🎉 ']) assert.equal(isFewEmoji(text), true, text)
  for (const text of ['', ' ', '🦜🦜🦜🦜', '🦜 a', '1', '©', ':parrot:', '🦜.', '`🦜`', '🦜\u202e']) assert.equal(isFewEmoji(text), false, text)
})
