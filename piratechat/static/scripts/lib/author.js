// How authors are told apart at a glance.  Pure; views/authors.py has the same.

const HUES = 8
// A flag; or a letter or an emoji with its marks, and with what is joined to it.
const INITIAL = /^(?:\p{RI}{2}|.(?:\p{M}|\p{EMod}|[\u{E0020}-\u{E007F}]|\u200D\p{So})*)/su

/**
 * The number of the author's colour; themes choose the colours.
 *
 * @param {string} author
 */
export const hueOf = (author) => [...author].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES

/**
 * What a name begins with: a letter with its marks, or an emoji with all its parts.
 *
 * @param {string} author
 */
export const initialOf = (author) => author.match(INITIAL)?.[0] ?? ''

/**
 * What themes make the author's coin of.
 *
 * @param {string} author
 */
export const coinOf = (author) => ({ 'data-hue': hueOf(author), 'data-initial': initialOf(author) })
