// Loads the names of emoji when they are first needed.

import { EmojiNames } from './shortcodes.js'

// Scripts are served as modules in folders, or as a bundle; the file is next to their folder.
const FILE = import.meta.url.replace(/^(.*)\/scripts\/.*/, '$1/emoji_names.json')

/** @returns {Promise<EmojiNames>} which fails offline, unless the browser has the file */
export async function loadEmojiNames() {
  const response = await fetch(FILE)
  if (!response.ok) throw new Error(`The names of emoji could not be loaded: ${response.status}`)
  return new EmojiNames(await response.json())
}
