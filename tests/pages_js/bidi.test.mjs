import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { beginsRtl, hasRtl, isolated } from '../../piratechat/static/scripts/lib/bidi.js'

// tests/model/test_bidi.py tests the same with the server.
const CASES = JSON.parse(readFileSync(new URL('bidi.json', import.meta.url)))

for (const [text, there, first] of CASES) {
  test(`the directions of "${text}"`, () => {
    assert.equal(hasRtl(text), there)
    assert.equal(beginsRtl(text), first)
    assert.equal(isolated(text), there ? `\u2068${text}\u2069` : text)
  })
}
