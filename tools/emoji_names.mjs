// Makes the list of emoji that the composer completes: piratechat/static/scripts/emoji_names.js.  "make build" runs it.
//
// Each line has an emoji and the names that GitHub, and many chats, know it by, of the package emojibase-data.

import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOP = dirname(dirname(fileURLToPath(import.meta.url)))
const DATA = join(TOP, 'node_modules', 'emojibase-data', 'en')

const read = async (...path) => JSON.parse(await readFile(join(DATA, ...path), 'utf8'))

const [all, names] = [await read('data.json'), await read('shortcodes', 'github.json')]
const lines = all.filter(({ hexcode }) => names[hexcode])
  // Those without an order are parts of others.
  .sort((one, other) => (one.order ?? Infinity) - (other.order ?? Infinity))
  .map(({ emoji, hexcode }) => [emoji, ...[names[hexcode]].flat()].join(' '))
await writeFile(join(TOP, 'piratechat', 'static', 'scripts', 'emoji_names.js'),
  `// Made by "make build" of emojibase-data.\n\nexport default \`${lines.join('\n')}\`\n`)
