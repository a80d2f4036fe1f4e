// Makes the list of emoji that pages complete: piratechat/static/emoji_names.json.  "make build" runs it.
//
// It maps each emoji to the names that GitHub, and many chats, know it by, of the package emojibase-data.

import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOP = dirname(dirname(fileURLToPath(import.meta.url)))
const DATA = join(TOP, 'node_modules', 'emojibase-data', 'en')

const read = async (...path) => JSON.parse(await readFile(join(DATA, ...path), 'utf8'))

const [all, names] = [await read('data.json'), await read('shortcodes', 'github.json')]
const entries = all.filter(({ hexcode }) => names[hexcode])
  // Those without an order are parts of others.
  .sort((one, other) => (one.order ?? Infinity) - (other.order ?? Infinity))
  .map(({ emoji, hexcode }) => [emoji, [names[hexcode]].flat()])
await writeFile(join(TOP, 'piratechat', 'static', 'emoji_names.json'), JSON.stringify(Object.fromEntries(entries)))
