// Performs the actions of the toolbar and its menu on a message: as a command, or only on this page.

import { loadEmojiNames } from '../composer/emoji_names.js'
import { byId, element, tell } from '../lib/dom.js'
import { plural, text as t } from '../lib/texts.js'
import { toClipboard } from './copying.js'
import { ReactionPicker } from './reaction_picker.js'
import { Undo } from './undo.js'

const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' })

/**
 * @import { Action } from './actions.js'
 * @import { Command, Message, Page, Refusal } from '../types.d.ts'
 */

export class MessageCommands {
  /**
   * @param {HTMLElement} main
   * @param {object} options
   * @param {Page} options.page
   * @param {import('./log.js').Log} options.log
   * @param {(command: Command) => Promise<void> | null} options.ask  null if there is no connection
   * @param {() => import('../composer/composer.js').Composer} options.composer
   * @param {() => Map<string, string>} options.translators  their titles, by their names
   * @param {(seq: number, name: string) => void} options.onReadAside  called with the name of a translator
   * @param {(name: string) => void} options.onHide
   * @param {() => void} options.onNameless  a name is needed first
   */
  constructor(main, { page, log, ask, composer, translators, onReadAside, onHide, onNameless }) {
    this.page = page
    this.log = log
    this.ask = ask
    this.composer = composer
    this.translators = translators
    this.onReadAside = onReadAside
    this.onHide = onHide
    this.onNameless = onNameless
    this.picker = new ReactionPicker(loadEmojiNames)
    this.undo = new Undo(byId('undo'), (seq) => this.putBack(seq))
    this.dialog = element('dialog', { id: 'about-message', 'aria-labelledby': 'about-message-title' })
    main.append(this.dialog)
    main.addEventListener('submit', (event) => this.submitted(event))
    log.list.addEventListener('click', (event) => this.followed(event))
    // Toggle events of details elements do not bubble.
    log.list.addEventListener('toggle', ({ target }) => this.opened(/** @type {HTMLDetailsElement} */ (target)), { capture: true })
  }

  /**
   * @param {Action} action
   * @param {Message} message
   * @param {HTMLElement} at  the button that was pressed
   */
  act(action, message, at) {
    const { seq } = message
    /** @type {Record<Action, () => unknown>} */
    const acts = {
      reply: () => this.composer().reply(message),
      react: () => this.picker.open(at, (emoji) => this.react(seq, emoji, true)),
      edit: () => this.composer().edit(message),
      history: () => this.tellHistory(seq),
      copy: () => this.copy(message.text),
      aside: () => this.chooseAside(seq),
      link: () => this.copy(new URL(`${this.page.url}/messages/${seq}`, location.href).href),
      who: () => this.tellWho(message),
      pin: () => this.send({ type: 'pin', seq, on: true }),
      unpin: () => this.send({ type: 'pin', seq, on: false }),
      hide: () => this.onHide(message.author),
      remove: () => this.remove(message),
      restore: () => this.send({ type: 'restore', seq }),
      keepRemoved: () => this.keepRemoved(seq),
      erase: () => this.erase(message),
    }
    acts[action]()
  }

  /**
   * Sends a command, and shows the reason if it is rejected; resolves to whether it was performed.
   *
   * @param {Command} command
   */
  async send(command) {
    try {
      const asked = this.ask(command)
      if (!asked) throw { message: t('error.not_connected') }
      await asked
      tell(byId('notice'), '')
      return true
    } catch (refusal) {
      tell(byId('notice'), /** @type {Refusal} */ (refusal).message)
      return false
    }
  }

  /**
   * @param {number} seq
   * @param {string} emoji
   * @param {boolean} on
   */
  react(seq, emoji, on) {
    if (this.page.you === undefined) this.onNameless()
    else this.send({ type: 'react', seq, emoji, on })
  }

  // The buttons of reactions; without a connection their forms are submitted normally.
  /** @param {SubmitEvent} event */
  submitted(event) {
    const { target, submitter } = event
    const form = /** @type {HTMLElement} */ (target)
    const seq = Number(form.closest('.message')?.dataset.seq)
    if (!(submitter instanceof HTMLButtonElement) || !seq || !form.classList.contains('reactions')) return
    event.preventDefault()
    this.react(seq, submitter.value, submitter.ariaPressed !== 'true')
  }

  // Shows the earlier versions of a message here; without JavaScript the link leads to their page.
  /** @param {MouseEvent} event */
  followed(event) {
    const link = /** @type {Element} */ (event.target).closest('a.edited')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.tellHistory(Number(link.closest('.message')?.dataset.seq))
  }

  /** @param {Message} message */
  async remove({ seq, author }) {
    if (!await this.send({ type: 'remove', seq })) return
    const own = this.page.names.has(author)
    this.undo.offer(seq, own && !this.page.owner
      ? { text: t('undo.deleted'), erase: () => this.erase({ seq }) }
      : { text: t('undo.removed') })
  }

  /**
   * The owner removes a message that its author has removed already.  Undoing this would show it to everybody.
   *
   * @param {number} seq
   */
  async keepRemoved(seq) {
    if (await this.send({ type: 'remove', seq })) this.undo.say(t('undo.kept_removed'))
  }

  /** @param {Pick<Message, 'seq'>} message */
  erase({ seq }) {
    const yes = element('button', { type: 'button', class: 'danger' }, t('erase.erase'))
    yes.addEventListener('click', () => {
      this.dialog.close()
      this.send({ type: 'erase', seq })
    })
    this.show(t('erase.title'), [element('p', {}, t('erase.explained'))], [yes])
  }

  /** @param {number} seq */
  putBack(seq) {
    const item = this.log.items.get(seq)
    if (item) {
      item.tabIndex = -1
      item.focus({ preventScroll: true }) // the pressed button no longer exists
    }
    this.send({ type: 'restore', seq })
  }

  /** @param {string} text */
  async copy(text) {
    await toClipboard(text)
    this.undo.say(t('share.copied'))
  }

  // Offers the translators for a single message.
  /** @param {number} seq */
  chooseAside(seq) {
    const buttons = [...this.translators()].map(([name, title]) => {
      const made = element('button', { type: 'button', class: 'row' }, element('bdi', {}, title))
      made.addEventListener('click', () => {
        this.dialog.close()
        this.onReadAside(seq, name)
      })
      return made
    })
    this.show(t('action.aside'), buttons)
  }

  // Requests the names, because people may have changed them since they reacted.
  /** @param {Message} message */
  async tellWho({ seq, reactions: known = [] }) {
    /** @type {{reactions: typeof known}} */
    const { reactions } = await this.fetch(`messages/${seq}/reactions`).catch(() => ({ reactions: known }))
    // Events that have arrived meanwhile are newer.
    if (this.log.messages.get(seq)?.reactions === known) this.log.change(seq, { reactions })
    const lines = await Promise.all(reactions.map(async ({ emoji, count, names }) => {
      const all = names.length < count ? await this.everybody(seq, emoji).catch(() => names) : names
      const more = count > all.length ? [' ', plural('reactions.others', count - all.length)] : []
      return element('p', {}, element('span', { class: 'emoji' }, emoji), ' ',
        ...all.flatMap((name, at) => [at ? ', ' : '', element('bdi', {}, name)]), ...more)
    }))
    this.show(t('action.who'), lines)
  }

  /** @param {number} seq */
  async tellHistory(seq) {
    try {
      /** @type {{history: {at: string, text: string}[]}} */
      const { history } = await this.fetch(`messages/${seq}/history`)
      this.show(t('history.title'), [element('ol', { class: 'history' }, ...history.map(({ at, text }) => element('li', {},
        element('time', { datetime: at }, moments.format(new Date(at))), element('p', { dir: 'auto' }, text))))])
    } catch {
      tell(byId('notice'), t('error.not_connected'))
    }
  }

  /**
   * @param {number} seq
   * @param {string} emoji
   * @returns {Promise<string[]>}
   */
  async everybody(seq, emoji) {
    const { names } = await this.fetch(`messages/${seq}/reactions?${new URLSearchParams({ emoji })}`)
    return names
  }

  /**
   * @param {string} title
   * @param {Node[]} content
   * @param {Node[]} buttons
   */
  show(title, content, buttons = []) {
    const close = element('button', { type: 'button' }, buttons.length ? t('erase.keep') : t('keys.close'))
    close.addEventListener('click', () => this.dialog.close())
    this.dialog.replaceChildren(element('h2', { id: 'about-message-title' }, title), ...content, element('p', {}, ...buttons, ' ', close))
    this.dialog.showModal()
    close.focus()
  }

  /**
   * Requests the text of a message that was removed while this page could not see it.
   *
   * @param {HTMLDetailsElement} details
   */
  async opened(details) {
    if (!details.open || !details.classList.contains('words')) return
    const seq = Number(details.closest('.message')?.dataset.seq)
    const message = this.log.messages.get(seq)
    if (!message || message.text || message.removed_text) return
    try {
      this.log.change(seq, await this.fetch(`messages/${seq}`))
      this.log.items.get(seq)?.querySelector('.words')?.setAttribute('open', '')
    } catch { /* it can be opened again */ }
  }

  /** @param {string} path  below the room's */
  async fetch(path) {
    const answer = await fetch(`${this.page.url}/${path}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }
}
