import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { linksOf, parts } from '../../piratechat/static/scripts/log/text.js'

// tests/model/test_links.py holds the server to the same.
const CASES = JSON.parse(readFileSync(new URL('parts.json', import.meta.url)))

for (const { what, text, links, parts: expected, in_rtl: inRtl = [] } of CASES) {
  test(`links and code: ${what}`, () => {
    const found = parts(text, links)
    assert.deepEqual(found.map(({ kind, value }) => [kind, value]), expected)
    assert.deepEqual([...found.keys()].filter((at) => found[at].inRtl), inRtl)
    assert.equal(found.map(({ value }) => value).join(''), text)
    assert.deepEqual(linksOf(found), links)
  })
}

test('links lead where the server says, if that is a place to go', () => {
  assert.deepEqual(parts('example.org', [[0, 11, 'http://example.org']]),
    [{ kind: 'link', value: 'example.org', href: 'http://example.org' }])
  for (const href of ['javascript:alert(1)', 'data:text/html,x', ' https://a.example', '//a.example', '']) {
    assert.deepEqual(parts('here', [[0, 4, href]]), [{ kind: 'text', value: 'here' }], href)
  }
})

test('without links from the server there are none', () => {
  assert.deepEqual(parts('https://a.example `b`'), [{ kind: 'text', value: 'https://a.example ' }, { kind: 'code', value: '`b`' }])
})
