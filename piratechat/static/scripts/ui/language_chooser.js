// A searchable list of all languages without their own link, by their name in the language itself, in the reader's language
// and in English.  Without JavaScript it is a select element.

import { byId, element, tell } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/** @type {Record<string, 1 | -1>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 }

/** @param {string} name */
export const folded = (name) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * Returns a function that returns the name of a language in the reader's language, and one that tests whether a name matches.
 *
 * @param {readonly string[]} locales  those of the reader, the first is the one that is shown
 */
export function languageNames(locales) {
  const [readers, ...others] = [...locales, 'en'].map((locale) => new Intl.DisplayNames([locale, 'en'], { type: 'language', fallback: 'none' }))
  /** @param {string} tag */
  const nameOf = (tag) => (tag && readers?.of(tag)) || ''
  /**
   * @param {string} tag  "" for a style
   * @param {string} title
   */
  const sought = (tag, title) => [title, tag, nameOf(tag), ...others.map((names) => (tag && names.of(tag)) || '')].map(folded).join('\n')
  return { nameOf, sought }
}

export class LanguageChooser {
  /** @type {{option: HTMLOptionElement, item: HTMLLIElement, sought: string}[]} */
  rows = []

  /**
   * @param {HTMLElement} nav
   * @param {HTMLFormElement} form
   */
  constructor(nav, form) {
    this.nav = nav
    this.form = form
    this.field = byId('find-view')
    nav.addEventListener('beforetoggle', () => this.make(), { once: true })
    nav.addEventListener('toggle', (event) => { if (/** @type {ToggleEvent} */ (event).newState === 'closed') this.forget() })
    nav.addEventListener('keydown', (event) => this.press(event))
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.rows.find(({ item }) => !item.hidden)?.item.querySelector('a')?.click()
    })
    this.field.addEventListener('input', () => this.find())
  }

  make() {
    const select = byId('other-view')
    const { nameOf, sought } = languageNames(navigator.languages)
    this.rows = [...select.options].map((option) => {
      const { value, lang, text } = option
      const name = nameOf(lang)
      const link = element('a', { href: `?as=${encodeURIComponent(value)}`, 'data-view': value },
        element('bdi', { lang: lang || null }, text), name && folded(name) !== folded(text) && element('small', {}, name))
      return { option, item: element('li', {}, link), sought: sought(lang, text) }
    })
    byId('found-views').replaceChildren(...[...select.children].flatMap((child) => this.itemsOf(child)))
    select.closest('p')?.remove()
    this.field.hidden = false
    this.form.querySelector('label')?.setAttribute('for', this.field.id)
  }

  // The links of an option, or of a group, whose label states who receives messages.
  /** @param {Element} child */
  itemsOf(child) {
    const items = this.rows.filter(({ option }) => child.contains(option)).map(({ item }) => item)
    return child instanceof HTMLOptGroupElement ? [element('li', { class: 'recipient' }, child.label), ...items] : items
  }

  find() {
    const typed = folded(this.field.value.trim())
    for (const { item, sought } of this.rows) item.hidden = !sought.includes(typed)
    tell(byId('no-view'), this.rows.some(({ item }) => !item.hidden) ? '' : t('room.no_view'))
  }

  // All languages are shown when the list is opened again.
  forget() {
    this.form.reset()
    this.find()
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = STEPS[event.key]
    if (!step || event.isComposing) return
    const places = [.../** @type {NodeListOf<HTMLElement>} */ (this.nav.querySelectorAll('a, input'))].filter((place) => place.offsetParent)
    const place = places[places.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step]
    if (!place) return
    event.preventDefault()
    place.focus()
  }
}
