// The owner's panel, which is updated live: settings, visitors, and the moderation log.

import { isolated } from '../lib/bidi.js'
import { byId, element, tell } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

// Number of visitors from which on the list has a search field.
const MANY = 8
// Maximum number of visitors in the list; others can be entered by name.
const MOST = 500
const FLAGS = /** @type {const} */ (['read_only', 'third_party_translation'])
const when = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/**
 * @import { Command, Page, Refusal } from '../types.d.ts'
 *
 * @typedef {{name: string, muted: boolean}} Visitor
 * @typedef {{visitors: Visitor[], more: boolean, moderation_log: {at: string, says: string, url?: string}[]}} ModerationLog
 *   the response of /log
 */

export class Panel {
  /**
   * @param {HTMLDetailsElement} panel
   * @param {object} options
   * @param {Page} options.page
   * @param {(command: Command) => Promise<void> | null} options.ask  null if there is no connection
   * @param {() => Promise<ModerationLog>} options.fetchModerationLog
   */
  constructor(panel, { page, ask, fetchModerationLog }) {
    this.panel = panel
    this.page = page
    this.ask = ask
    this.fetchModerationLog = fetchModerationLog
    this.settings = byId('settings')
    this.names = byId('names')
    this.moderationLog = byId('moderation-log')
    this.saved = byId('saved')
    // Our own error messages are in the page's language.
    for (const form of [this.settings, byId('another')]) form.noValidate = true
    this.stale = false
    this.known = new Set([...this.names.querySelectorAll('bdi')].map((name) => name.textContent ?? ''))
    panel.addEventListener('submit', (event) => this.submit(event))
    for (const one of [panel, this.moderationLog]) one.addEventListener('toggle', () => { if (this.stale) this.refresh() })
    byId('sought').addEventListener('input', () => this.search())
    for (const time of this.moderationLog.querySelectorAll('time')) inOwnTime(time)
    this.search()
  }

  // Without a connection, forms are submitted normally.
  /** @param {SubmitEvent} event */
  submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const asked = form === this.settings ? this.save() : this.judge(form)
    if (asked) event.preventDefault()
  }

  // ---- settings

  save() {
    this.forget()
    const changes = this.changes()
    if (!Object.keys(changes).length) {
      this.confirm(t('owner.saved'))
      return true
    }
    return this.ask({ type: 'room', ...changes })?.then(
      () => this.confirm(t('owner.saved')),
      (/** @type {Refusal} */ { message, field }) => this.complain(field && this.field(field) ? field : 'settings', message)) ?? false
  }

  // Only settings that differ from the room's, so that changes of another window are not reverted.
  changes() {
    const { title, topic, slow } = this
    /** @type {Record<string, string | number | boolean>} */
    const changes = {}
    if (title.value !== title.defaultValue) changes.title = title.value
    if (topic.value !== topic.defaultValue) changes.topic = topic.value
    const chosen = this.translator.selectedOptions[0]
    if (chosen && !chosen.defaultSelected) changes.translator = chosen.value
    if (slow.value !== slow.defaultValue) changes.slow = slow.value === '' ? 0 : Number(slow.value)
    for (const name of FLAGS) {
      const box = this.field(name)
      if (box && box.checked !== box.defaultChecked) changes[name] = box.checked
    }
    return changes
  }

  /**
   * The room was changed, here or in another window; text that is being typed is kept.
   *
   * @param {{title?: string, topic?: string, slow?: number, translator?: string, read_only?: boolean, third_party_translation?: boolean}} changes
   */
  changed({ title, topic, slow, translator, ...others }) {
    if (title !== undefined) renew(this.title, title)
    if (topic !== undefined) renew(this.topic, topic)
    if (slow !== undefined) renew(this.slow, String(slow))
    if (translator) {
      for (const option of this.translator.options) option.defaultSelected = option.selected = option.value === translator
    }
    for (const name of FLAGS) {
      const [box, value] = [this.field(name), others[name]]
      if (box && value !== undefined) box.defaultChecked = box.checked = value
    }
  }

  get title() { return /** @type {HTMLInputElement} */ (this.field('title')) }

  get topic() { return /** @type {HTMLInputElement} */ (this.field('topic')) }

  get slow() { return /** @type {HTMLInputElement} */ (this.field('slow')) }

  get translator() { return /** @type {HTMLSelectElement} */ (this.settings.elements.namedItem('translator')) }

  /** @param {string} name */
  field(name) { return /** @type {HTMLInputElement | null} */ (this.settings.elements.namedItem(name)) }

  // ---- visitors

  /** @param {HTMLFormElement} form */
  judge(form) {
    const what = /** @type {const} */ (['mute', 'unmute']).find((one) => form.classList.contains(one))
    if (!what) return false
    this.forget()
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('name'))
    const name = field.value
    return this.ask({ type: what, name })?.then(() => {
      if (field.type !== 'hidden') field.value = ''
      this.confirm(what === 'mute' ? t('owner.is_muted', { name: isolated(name) }) : t('owner.can_post', { name: isolated(name) }))
    }, (/** @type {Refusal} */ { message }) => this.complain('name', message)) ?? false
  }

  /**
   * Adds a visitor who may be new.
   *
   * @param {string} name
   */
  know(name) {
    if (this.known.has(name) || this.page.ownerNames.has(name) || this.page.names.has(name)) return
    if (this.names.children.length >= MOST) {
      byId('another').hidden = false
      return
    }
    this.known.add(name)
    this.names.append(this.item({ name, muted: false }))
    byId('visitors').hidden = false
    this.search()
  }

  /** @param {string} name */
  itemOf(name) {
    return [...this.names.children].find((item) => item.querySelector('bdi')?.textContent === name)
  }

  /** @param {Visitor} visitor */
  item({ name, muted }) {
    const what = muted ? 'unmute' : 'mute'
    const values = { name: isolated(name) }
    const label = muted ? t('owner.unmute_label', values) : t('owner.mute_label', values)
    return element('li', {}, element('bdi', {}, name), ' ', muted && element('small', {}, t('owner.muted')), ' ',
      element('form', { class: what, method: 'post', action: `${this.page.url}/${what}` },
        element('input', { type: 'hidden', name: 'csrf_token', value: this.page.token }),
        element('input', { type: 'hidden', name: 'name', value: name }),
        element('button', { 'aria-label': label }, muted ? t('owner.unmute') : t('owner.mute'))))
  }

  search() {
    const items = [...this.names.querySelectorAll('li')]
    byId('find').hidden = items.length < MANY
    const sought = items.length < MANY ? '' : byId('sought').value.trim().toLowerCase()
    for (const item of items) item.hidden = !item.querySelector('bdi')?.textContent?.toLowerCase().includes(sought)
  }

  // ---- moderation log

  // The log has changed, or may have: loads the visible part again, and the rest when it is opened.
  outdated() {
    this.stale = true
    if (this.panel.open || this.moderationLog.open) this.refresh()
  }

  async refresh() {
    this.stale = false
    try {
      this.show(await this.fetchModerationLog())
    } catch {
      this.stale = true
    }
  }

  /** @param {ModerationLog} page */
  show({ visitors, more, moderation_log: entries }) {
    const active = document.activeElement
    const focused = active && this.names.contains(active) ? active.closest('li') : null
    const name = focused?.querySelector('bdi')?.textContent
    this.names.replaceChildren(...visitors.map((one) => this.item(one)))
    this.known = new Set(visitors.map((one) => one.name))
    byId('visitors').hidden = !visitors.length
    byId('another').hidden = !more
    if (name) this.itemOf(name)?.querySelector('button')?.focus()
    this.search()
    const [nothing, list] = [this.moderationLog.querySelector('p'), this.moderationLog.querySelector('ol')]
    if (nothing) nothing.hidden = entries.length > 0
    list?.replaceChildren(...entries.map(({ at, says, url }) => element('li', {},
      inOwnTime(element('time', { datetime: at })), ' ', url ? element('a', { href: url }, says) : element('span', {}, says))))
  }

  // ---- results of commands

  /** @param {string} text */
  confirm(text) { this.saved.textContent = text }

  /**
   * @param {string} what  the name of a field, or of a form
   * @param {string} message
   */
  complain(what, message) {
    const place = byId(`${what}-error`)
    if (place) tell(place, message)
    const field = this.field(what)
    field?.setAttribute('aria-invalid', 'true')
    field?.focus()
  }

  forget() {
    this.confirm('')
    for (const place of this.panel.querySelectorAll('.error')) tell(place, '')
    for (const field of this.panel.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid')
  }
}

/**
 * Text that was typed there is kept.
 *
 * @param {HTMLInputElement} field
 * @param {string} value  that the room has now
 */
function renew(field, value) {
  const untouched = field.value === field.defaultValue
  field.defaultValue = value
  if (untouched || document.activeElement !== field) field.value = value
}

/** @param {HTMLTimeElement} time */
function inOwnTime(time) {
  time.textContent = when.format(new Date(time.dateTime))
  return time
}
