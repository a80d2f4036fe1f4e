// The dialog in which a reader chooses the language that this device translates into.

import { element, tell } from '../lib/dom.js'
import { folded, nameIn, offered, ownName } from './languages.js'
import { text as t } from './texts.js'

/** @type {Record<string, 1 | -1>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 }

export class Chooser {
  /** @type {{item: HTMLElement, sought: string}[]} */
  rows = []

  /**
   * @param {HTMLElement} main
   * @param {object} options
   * @param {(tag: string) => Promise<boolean>} options.isOffered
   * @param {(tag: string) => void} options.onChosen
   */
  constructor(main, { isOffered, onChosen }) {
    this.onChosen = onChosen
    this.field = element('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', dir: 'auto', 'aria-label': t('device.find'), placeholder: t('device.find') })
    this.list = element('ul', {})
    this.none = element('p', { role: 'status' })
    const close = element('button', { type: 'button', 'aria-label': t('device.close') }, document.querySelector('#views .top svg')?.cloneNode(true))
    this.dialog = element('dialog', { id: 'device', 'aria-labelledby': 'device-title' },
      element('div', { class: 'top' }, element('h2', { id: 'device-title' }, t('device.title')), close),
      element('div', { class: 'rest' }, element('p', {}, t('device.explained')), this.field, this.none, this.list))
    main.append(this.dialog)
    close.addEventListener('click', () => this.dialog.close())
    // Next to the button.
    this.dialog.addEventListener('click', ({ target }) => { if (target === this.dialog) this.dialog.close() })
    this.dialog.addEventListener('keydown', (event) => this.press(event))
    this.field.addEventListener('input', () => this.find())
    this.list.addEventListener('click', ({ target }) => this.choose(/** @type {Element} */ (target).closest('button')))
    this.filled = this.fill(isOffered)
  }

  open() {
    this.dialog.showModal()
    this.field.focus()
  }

  /** @param {(tag: string) => Promise<boolean>} isOffered */
  async fill(isOffered) {
    tell(this.none, t('device.looking'))
    const tags = await offered(navigator.languages, isOffered)
    this.rows = tags.map((tag) => this.row(tag))
    this.list.replaceChildren(...this.rows.map(({ item }) => item))
    this.find()
  }

  /** @param {string} tag */
  row(tag) {
    const own = ownName(tag)
    const name = nameIn(tag, navigator.language)
    const button = element('button', { type: 'button', class: 'row', value: tag },
      element('bdi', { lang: tag }, own), folded(name) !== folded(own) && element('small', {}, name))
    return { item: element('li', {}, button), sought: [tag, own, name, nameIn(tag, 'en')].map(folded).join('\n') }
  }

  find() {
    const typed = folded(this.field.value.trim())
    for (const { item, sought } of this.rows) item.hidden = !sought.includes(typed)
    const isThere = this.rows.some(({ item }) => !item.hidden)
    tell(this.none, isThere ? '' : this.rows.length ? t('device.no_language') : t('device.no_languages'))
  }

  /** @param {HTMLButtonElement | null} button */
  choose(button) {
    if (!button) return
    this.dialog.close()
    this.onChosen(button.value)
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.isComposing) return
    const places = /** @type {HTMLElement[]} */ ([this.field, ...this.rows.filter(({ item }) => !item.hidden).map(({ item }) => item.firstElementChild)])
    const at = places.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const step = STEPS[event.key]
    if (event.key === 'Enter' && at === 0) this.choose(/** @type {HTMLButtonElement} */ (places[1] ?? null))
    else if (step && at >= 0) places[at + step]?.focus()
    else return
    event.preventDefault()
  }
}
