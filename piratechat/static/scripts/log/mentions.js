// Finds mentions such as "@Bo" in a text, wherever a translator has moved them.  Pure.

// Scripts without spaces between words, or with particles attached to names: model/scripts.py has the same.
export const SPACELESS = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u3130-\\u318f'
  + '\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}'
// Characters of words in scripts with spaces: no mention begins after one, and no name ends before one.
const OF_WORD = `(?![${SPACELESS}])[\\p{L}\\p{N}_]`
const ENDS_ANYWHERE = new RegExp(`[${SPACELESS}]$`, 'u')

/**
 * Splits `text` into parts, of which those at odd indexes are mentions of `names`.
 *
 * @param {string} text
 * @param {string[]} names
 */
export function withMentions(text, names) {
  if (!names.length || !/[@\uff20]/.test(text)) return [text]
  // If one name begins with another one, the longer name takes precedence.
  const longestFirst = [...new Set(names)].sort((one, other) => other.length - one.length)
  return text.split(new RegExp(`((?<!${OF_WORD})[@\uff20](?:${longestFirst.map(whole).join('|')}))`, 'iu'))
}

/** @param {string} name */
function whole(name) {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return ENDS_ANYWHERE.test(name) ? escaped : `${escaped}(?!${OF_WORD})`
}
