// Languages as browsers' translators name them.  Pure.

// The languages to try; browsers do not list the ones that they support.
const KNOWN = ('af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja jv ka kk km '
  + 'kn ko ku ky lo lt lv mg mi mk ml mn mr ms mt my nb ne nl pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi '
  + 'xh yo zh zh-Hant zu').split(' ')
// Minimum confidence of a detected language.
const SURE = 0.6

/** @param {string} name */
export const folded = (name) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * The language and the script of a tag: "de-AT" is "de-Latn", and "zh-TW" is "zh-Hant"; "" if it is not a tag.
 *
 * @param {string} tag
 */
function kindOf(tag) {
  try {
    const { language, script } = new Intl.Locale(tag).maximize()
    return `${language}-${script}`
  } catch {
    return ''
  }
}

/**
 * @param {string} one
 * @param {string} other
 */
export const isSame = (one, other) => kindOf(one) === kindOf(other)

/**
 * A tag without its region: browsers' models are made for languages.
 *
 * @param {string} tag  "" or a wrong one if it is not known
 */
export function modelTag(tag) {
  try {
    const { language } = new Intl.Locale(tag)
    if (!language || language === 'und') return '' // undetermined
    return kindOf(tag) === 'zh-Hant' ? 'zh-Hant' : language
  } catch {
    return ''
  }
}

/**
 * The name of a language in that language.
 *
 * @param {string} tag
 */
export const ownName = (tag) => nameIn(tag, tag)

/**
 * @param {string} tag
 * @param {string} locale
 */
export function nameIn(tag, locale) {
  try {
    return new Intl.DisplayNames([locale, 'en'], { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}

/**
 * The languages to choose from, the reader's first.
 *
 * @param {readonly string[]} readers  languages of the browser
 * @param {(tag: string) => Promise<boolean>} isOffered
 */
export async function offered(readers, isOffered) {
  const own = readers.map(modelTag).filter(Boolean)
  const others = KNOWN.filter((tag) => !own.includes(tag))
    .sort((one, other) => folded(ownName(one)).localeCompare(folded(ownName(other))))
  const all = [...new Set([...own, ...others])]
  const found = await Promise.all(all.map((tag) => isOffered(tag).catch(() => false)))
  return all.filter((_, at) => found[at])
}

/**
 * The possible languages of a text: `sure` is the one to use, "" if none is confident enough, `likely` the
 * best guess that is not the target.
 *
 * @param {{detectedLanguage?: string, confidence?: number}[]} guesses  the best one first
 * @param {string} target
 */
export function judged(guesses, target) {
  const known = guesses.filter(({ detectedLanguage = '' }) => modelTag(detectedLanguage))
  const [best] = known
  const likely = known.find(({ detectedLanguage = '' }) => !isSame(detectedLanguage, target))
  return {
    sure: best && (best.confidence ?? 0) >= SURE ? modelTag(best.detectedLanguage ?? '') : '',
    likely: modelTag(likely?.detectedLanguage ?? ''),
  }
}
