// Writes piratechat/translators/language_names.py: what languages are called in themselves and in English, as Unicode's
// CLDR has it.
// Run by hand, when that has news: node tools/language_names.mjs > piratechat/translators/language_names.py

// With these regions and scripts languages are written in ways that readers choose between.
const MORE = ['en-GB', 'en-US', 'es-419', 'fr-CA', 'pt-BR', 'pt-PT', 'sr-Latn', 'zh-Hans', 'zh-Hant']

// What CLDR does not say.
const OWN = {
  an: 'aragonés', ay: 'Aymar', co: 'corsu', fj: 'Vosa Vakaviti', gn: 'Avañeʼẽ', hmn: 'Hmoob', ht: 'Kreyòl ayisyen', ilo: 'Ilokano',
  la: 'Latina', mua: 'Mundaŋ', ny: 'Chichewa', pap: 'Papiamentu', sm: 'Gagana Samoa', tet: 'Tetun', tl: 'Tagalog', ts: 'Xitsonga', war: 'Winaray',
}

const letters = [...'abcdefghijklmnopqrstuvwxyz']
const two = letters.flatMap((one) => letters.map((other) => one + other))
const codes = [...two, ...two.flatMap((code) => letters.map((letter) => code + letter))]
const known = Intl.DisplayNames.supportedLocalesOf([...codes, ...MORE]).filter((tag, at, all) => all.indexOf(tag) === at && (!tag.includes('-') || MORE.includes(tag)))

const english = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

function ownName(tag) {
  const name = new Intl.DisplayNames([tag], { type: 'language', fallback: 'none' }).of(tag)
  // What nobody has translated falls back to English.
  return name && (name !== english.of(tag) || /^en\b/.test(tag) || Intl.DateTimeFormat.supportedLocalesOf([tag]).length) ? name : undefined
}

const names = Object.entries({ ...Object.fromEntries(known.map((tag) => [tag, ownName(tag)])), ...OWN }).filter(([, name]) => name)
names.sort(([one], [other]) => (one < other ? -1 : 1))
const table = (rows) => rows.map(([tag, name]) => `    "${tag}": "${name}",`).join('\n')
console.log(`# ruff: noqa: RUF001 -- letters of all scripts
"""What languages are called in themselves and in English: by tools/language_names.mjs, from Unicode's CLDR ${process.versions.cldr}."""

#: What they are called in themselves, by BCP 47 tag.
NAMES = {
${table(names)}
}

#: What they are called in English.
ENGLISH_NAMES = {
${table(names.map(([tag]) => [tag, english.of(tag)]).filter(([, name]) => name))}
}`)
