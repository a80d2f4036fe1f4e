// Translates messages on this device, and stores the state of each.  Pure: the models, the clock of the queue and the page
// are arguments.  Translations are stored only in memory, and only while their message is on the page.

import { isSame, judged, modelTag } from './languages.js'
import { hasWords, joined, pieces } from './pieces.js'
import { Queue } from './queue.js'
import { text as t } from './texts.js'

// Timeout for one text in seconds.
const TIMEOUT = 30
// The number that represents the topic: it is always visible, and precedes all messages.
export const TOPIC = Infinity

/**
 * @import { Clock, Links, Message, View } from '../types.d.ts'
 * @import { Model } from './model.js'
 *
 * @typedef {{translate: (text: string, options?: {signal?: AbortSignal}) => Promise<string>, destroy?: () => void}} Translating
 * @typedef {{detect: (text: string) => Promise<{detectedLanguage?: string, confidence?: number}[]>, destroy?: () => void}} Detecting
 * @typedef {Pick<Message, 'seq' | 'text' | 'lang' | 'links' | 'mentions'>} Text
 *
 * `missing`: the model that it waits for, or that has failed; `anyway`: whether to translate it although its language is uncertain.
 * @typedef {{said: Text, view: View, missing?: Model<any>, anyway: boolean}} Entry
 */

export class Reader {
  /** @type {Map<number, Entry>} */
  entries = new Map()

  /**
   * @param {object} options
   * @param {string} options.target  the language that the reader reads
   * @param {Model<Detecting> | null} options.detector
   * @param {(source: string) => Model<Translating>} options.translator  from a language into the target
   * @param {Clock} options.clock
   * @param {() => Iterable<number>} options.inSight
   * @param {() => Promise<unknown>} options.breathe
   * @param {(seq: number, view: View) => void} options.onView  called when a text reads otherwise
   */
  constructor({ target, detector, translator, clock, inSight, breathe, onView }) {
    this.as = `device:${target}`
    this.target = target
    this.detector = detector
    this.translator = translator
    this.clock = clock
    this.onView = onView
    this.queue = new Queue({
      breathe,
      inSight: () => (this.entries.has(TOPIC) ? [TOPIC, ...inSight()] : inSight()),
      work: (seq) => this.work(seq),
    })
  }

  /**
   * Returns the current translation of a message; requests it if it is not known.
   *
   * @template {Message} M
   * @param {M} message
   * @returns {M}
   */
  read(message) {
    if (message.removed || message.erased) {
      this.drop(message.seq)
      return { ...message, view: null }
    }
    return { ...message, view: this.entryOf(message).view }
  }

  /** @param {Text} said */
  entryOf(said) {
    const known = this.entries.get(said.seq)
    if (known && known.said.text === said.text && known.said.lang === said.lang) return known
    /** @type {Entry} */
    const entry = { said, view: { as: this.as, state: 'pending' }, anyway: false }
    this.entries.set(said.seq, entry)
    this.queue.add(said.seq)
    return entry
  }

  // The message was edited or removed, or is no longer on the page.
  /** @param {number} seq */
  drop(seq) {
    this.entries.delete(seq)
    this.queue.drop(seq)
  }

  /**
   * @param {number[]} seqs
   * @param {boolean} [anyway]
   */
  again(seqs, anyway = false) {
    for (const seq of seqs) {
      const entry = this.entries.get(seq)
      if (!entry || entry.view.state === 'ready') continue
      entry.anyway ||= anyway
      // The reader has just pressed a button, so downloads are allowed now.
      entry.missing?.start()
      this.wait(entry)
    }
  }

  /**
   * A model is ready, or has failed: continues with its texts.
   *
   * @param {Model<any>} model
   */
  changed(model) {
    if (model.state === 'loading') return
    for (const entry of this.entries.values()) {
      if (entry.missing === model && (entry.view.state === 'pending' || model.state === 'ready')) this.wait(entry)
    }
  }

  /** @param {Entry} entry */
  wait(entry) {
    this.show(entry, { state: 'pending' })
    this.queue.add(entry.said.seq)
  }

  close() {
    this.queue.clear()
    this.entries.clear()
  }

  /**
   * @param {Entry} entry
   * @param {View} view
   */
  show(entry, view) {
    const { said: { seq }, view: { state } } = entry
    // It was edited or removed meanwhile.
    if (this.entries.get(seq) !== entry || (state === 'pending' && view.state === 'pending')) return
    entry.view = { as: this.as, ...view }
    this.onView(seq, entry.view)
  }

  /** @param {number} seq */
  async work(seq) {
    const entry = this.entries.get(seq)
    if (!entry) return
    entry.missing = undefined
    try {
      const view = await this.viewOf(entry)
      if (view) this.show(entry, view)
    } catch (error) {
      this.show(entry, { state: 'failed', reason: /** @type {Error} */ (error)?.name === 'TimeoutError' ? t('device.timeout') : t('device.failed') })
    }
  }

  /**
   * Returns the translation of a text, or null while a model is loading.
   *
   * @param {Entry} entry
   * @returns {Promise<View | null>}
   */
  async viewOf(entry) {
    const { text, lang = '', links, mentions = [] } = entry.said
    const all = pieces(text, links, mentions.map(([, , name]) => name))
    if (!hasWords(all)) return { state: 'skipped' }
    const words = all.filter(({ kind }) => kind === 'words').map((piece) => piece.text)
    const source = modelTag(lang) || await this.detected(entry, words.join('\n'))
    if (typeof source !== 'string') return source
    if (!source) return { state: 'skipped', reason: t('device.unsure'), anyway: !entry.anyway }
    if (isSame(source, this.target)) return { state: 'skipped' }
    const model = this.translator(source)
    await this.started(model)
    const translator = model.value
    if (!translator) return this.without(model, entry)
    const translated = []
    for (const each of words) translated.push(await this.timed((signal) => translator.translate(each, { signal })))
    const found = joined(all, translated)
    return found ? { state: 'ready', ...found } : { state: 'failed', reason: t('device.failed') }
  }

  /**
   * Returns the language of a text, "" if it is uncertain; or the state to show while it cannot be detected.
   *
   * @param {Entry} entry
   * @param {string} words
   * @returns {Promise<string | View | null>}
   */
  async detected(entry, words) {
    if (!this.detector) return ''
    await this.started(this.detector)
    const detector = this.detector.value
    if (!detector) return this.detector.state === 'unavailable' ? '' : this.without(this.detector, entry)
    const { sure, likely } = judged(await this.timed(() => detector.detect(words)), this.target)
    return sure || (entry.anyway ? likely : '')
  }

  /**
   * Does not wait for a download: other texts continue.
   *
   * @param {Model<any>} model
   */
  async started(model) {
    if (model.state !== 'new') return
    await Promise.race([model.start(), new Promise((done) => this.clock.after(0, () => done(null)))])
  }

  /**
   * Returns the state of a text whose model is missing, or null while the model is loading.
   *
   * @param {Model<any>} model
   * @param {Entry} entry
   * @returns {View | null}
   */
  without(model, entry) {
    const { state, title } = model
    entry.missing = model
    if (state === 'asks') return { state: 'failed', reason: t('device.needs', { languages: title }) }
    if (state === 'unavailable') return { state: 'failed', reason: t('device.unavailable', { languages: title }) }
    return state === 'failed' ? { state: 'failed', reason: t('device.not_downloaded', { languages: title }) } : null
  }

  /**
   * @template Value
   * @param {(signal: AbortSignal) => Promise<Value>} act
   * @returns {Promise<Value>}
   */
  async timed(act) {
    const abort = new AbortController()
    /** @type {unknown} */
    let timer
    const late = new Promise((_, fail) => { timer = this.clock.after(TIMEOUT, () => fail(new DOMException('late', 'TimeoutError'))) })
    try {
      return await /** @type {Promise<Value>} */ (Promise.race([act(abort.signal), late]))
    } finally {
      this.clock.cancel(timer)
      abort.abort()
    }
  }
}
