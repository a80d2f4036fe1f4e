// Colours and initials of authors.  Pure; views/authors.py has the same rules.

const HUES = 8
// A flag; or a letter or an emoji with its combining marks and joined characters.
const INITIAL = /^(?:\p{RI}{2}|.(?:\p{M}|\p{EMod}|[\u{E0020}-\u{E007F}]|\u200D\p{So})*)/su

/**
 * The number of the author's colour; themes define the colours.
 *
 * @param {string} author
 */
export const hueOf = (author) => [...author].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES

/**
 * The initial of a name: a letter with its marks, or an emoji with all its parts.
 *
 * @param {string} author
 */
export const initialOf = (author) => author.match(INITIAL)?.[0] ?? ''

/**
 * The attributes from which themes make the author's avatar.
 *
 * @param {string} author
 */
export const coinOf = (author) => ({ 'data-hue': hueOf(author), 'data-initial': initialOf(author) })
