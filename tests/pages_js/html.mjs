// Renders texts to HTML, like the scripts of the page.
//
//   echo '[["the text", [[0, 3, "https://example.org"]]], ...]' | node tests/pages_js/html.mjs
//
// prints the HTML of each, and whether it consists of few emoji, for tests/model/test_formatting.py.

import { readFileSync } from 'node:fs'
import { isFewEmoji } from '../../piratechat/static/scripts/log/emoji.js'
import { parts } from '../../piratechat/static/scripts/log/formatting.js'
import { markup } from '../../piratechat/static/scripts/log/markup.js'

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' }
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign])

function written(made) {
  if (typeof made === 'string') return escaped(made)
  const [tag, attributes, children] = made
  const values = Object.entries(attributes).map(([name, value]) => ` ${name}="${value === true ? '' : escaped(value)}"`)
  return `<${tag}${values.join('')}>${children.map(written).join('')}</${tag}>`
}

export const htmlOf = (text, links) => parts(text, links).map(markup).map(written).join('')

if (process.argv[1] === import.meta.filename) {
  const texts = JSON.parse(readFileSync(0, 'utf8'))
  process.stdout.write(JSON.stringify(texts.map(([text, links]) => [htmlOf(text, links), isFewEmoji(text)])))
}
