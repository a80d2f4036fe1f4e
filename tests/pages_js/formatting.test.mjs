import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { isFewEmoji } from '../../piratechat/static/scripts/log/emoji.js'
import { linksOf, parts } from '../../piratechat/static/scripts/log/formatting.js'
import { htmlOf } from './html.mjs'

// tests/model/test_formatting.py holds the server to the same.
const CASES = JSON.parse(readFileSync(new URL('formatting.json', import.meta.url)))

const textOf = ({ value, parts: inner, kind }) => (['text', 'mark'].includes(kind) ? value : inner.map(textOf).join(''))

for (const { what, text, links, html } of CASES) {
  test(`formatting: ${what}`, () => {
    assert.equal(htmlOf(text, links), html)
    assert.equal(parts(text, links).map(textOf).join(''), text)
  })
}

test('links lead where the server says, if that is a place to go', () => {
  assert.equal(htmlOf('example.org', [[0, 11, 'http://example.org']]),
    '<a href="http://example.org" rel="nofollow noopener noreferrer" target="_blank">example.org</a>')
  for (const href of ['javascript:alert(1)', 'data:text/html,x', ' https://a.example', '//a.example', '']) {
    assert.equal(htmlOf('here', [[0, 4, href]]), 'here', href)
  }
})

test('without links from the server there are none', () => {
  assert.equal(htmlOf('https://a.example'), 'https://a.example')
})

test('links are found again in what is shown', () => {
  assert.deepEqual(linksOf([{ value: '🦜 at ' }, { value: '*' }, { value: 'a.example', href: 'http://a.example' }, { value: '*' }]),
    [[6, 15, 'http://a.example']])
})

test('one to three emoji and nothing else are shown large', () => {
  for (const text of ['🦜', '🏴‍☠️', '❤️', '👩🏽‍🚀 👨‍👩‍👧‍👦\n🏴󠁧󠁢󠁷󠁬󠁳󠁿', '🇩🇪', '1️⃣', ' 🎉🎉🎉 ']) assert.equal(isFewEmoji(text), true, text)
  for (const text of ['', ' ', '🦜🦜🦜🦜', '🦜 a', '1', '©', ':parrot:', '🦜.', '`🦜`', '🦜\u202e']) assert.equal(isFewEmoji(text), false, text)
})
