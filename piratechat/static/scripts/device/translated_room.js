// Translates a room in the reader's own browser, so that no message leaves this device.  Only for browsers with the
// Translator and LanguageDetector APIs.

import { Chooser } from './chooser.js'
import { isSame, nameIn, ownName } from './languages.js'
import { Model } from './model.js'
import { Reader, TOPIC } from './reader.js'
import { text as t } from './texts.js'
import { element } from '../lib/dom.js'
import { keeper } from '../lib/storage.js'

/**
 * @import { Message, View } from '../types.d.ts'
 * @import { Detecting, Translating } from './reader.js'
 * @typedef {import('../room_page.js').RoomPage} RoomPage
 */

// Percentage points between two progress reports of a download.
// Maximum number of models that are downloaded without a click, and maximum number of models.
const UNASKED = 4
const MODELS = 32
const STEP = 5
// The source language for testing the support of a target language.
const probe = (/** @type {string} */ tag) => (isSame(tag, 'en') ? 'es' : 'en')

/** @type {import('../types.d.ts').Clock<any>} */
const clock = {
  now: () => performance.now() / 1000,
  after: (seconds, then) => setTimeout(then, seconds * 1000),
  cancel: (timer) => clearTimeout(timer ?? undefined),
}

/**
 * @param {RoomPage} room
 * @param {boolean} isChosen  whether the reader has just asked for it, or did so on an earlier page
 */
export function begin(room, isChosen) {
  room.device ??= new OnDevice(room)
  if (isChosen) room.device.open()
  else room.device.takeUp()
}

export class OnDevice {
  kept = keeper('localStorage', 'piratechat:device')
  /** @type {Reader | null} */
  reader = null
  /** @type {Map<string, Model<any>>} by source; "" is the detector */
  models = new Map()
  /** @type {Chooser | undefined} */
  chooser
  /** @type {HTMLElement | undefined} */
  item

  /** @param {RoomPage} room */
  constructor(room) {
    this.room = room
    const { log, topic, views } = room
    views.onReadAs = (as) => this.readAs(as)
    log.reads = (message) => this.reader?.read(message) ?? message
    log.onDrop = (seq) => this.reader?.drop(seq)
    topic.onSet = () => this.readTopic()
    const { send } = views
    // Requests for translations go to this device.
    views.send = (command) => this.takes(command) || send(command)
  }

  open() {
    const main = /** @type {HTMLElement} */ (document.querySelector('main'))
    this.chooser ??= new Chooser(main, {
      isOffered: async (tag) => await window.Translator.availability({ sourceLanguage: probe(tag), targetLanguage: tag }) !== 'unavailable',
      onChosen: (tag) => this.choose(tag),
    })
    this.chooser.open()
  }

  // The reader's earlier choice, unless the URL selects a translator.
  takeUp() {
    const tag = this.kept.load()
    if (tag && this.room.views.as === 'original') this.choose(tag)
  }

  /** @param {string} tag */
  choose(tag) {
    this.offer(tag)
    this.room.views.readAs(`device:${tag}`)
  }

  /**
   * A link in the menu, like those of the server's translators.
   *
   * @param {string} tag
   */
  offer(tag) {
    const place = /** @type {HTMLElement} */ (document.getElementById('on-device'))
    this.item?.remove()
    this.item = element('li', {}, element('a', { href: '?as=original', 'data-view': `device:${tag}` },
      element('bdi', { lang: tag }, ownName(tag)), element('small', {}, t('device.here'))))
    place.before(this.item)
  }

  /** @param {string} as */
  readAs(as) {
    const [name, target = ''] = as.split(':')
    this.close()
    this.kept.save(name === 'device' ? target : '')
    if (name === 'device') this.start(target)
  }

  /** @param {string} target */
  start(target) {
    this.reader = new Reader({
      target,
      detector: 'LanguageDetector' in window ? this.detector() : null,
      translator: (source) => this.translator(source, target),
      clock,
      inSight: () => this.room.reader.scroll.inSight().map(({ dataset }) => Number(dataset.seq)),
      breathe: () => new Promise((done) => setTimeout(done)),
      onView: (seq, view) => this.show(seq, view),
    })
    this.readTopic()
  }

  close() {
    this.reader?.close()
    this.reader = null
    for (const model of this.models.values()) model.close()
    this.models.clear()
    this.tell()
  }

  // ---- the browser's models

  /** @returns {Model<Detecting>} */
  detector() {
    return this.model('', t('device.detector'), () => window.LanguageDetector.availability(), (how) => window.LanguageDetector.create(how))
  }

  /**
   * @param {string} sourceLanguage
   * @param {string} targetLanguage
   * @returns {Model<Translating>}
   */
  translator(sourceLanguage, targetLanguage) {
    const pair = { sourceLanguage, targetLanguage }
    const [source, target] = [sourceLanguage, targetLanguage].map((tag) => nameIn(tag, document.documentElement.lang || 'en'))
    const available = this.models.size < MODELS ? () => window.Translator.availability(pair) : async () => 'unavailable'
    return this.models.get(sourceLanguage) ?? this.model(sourceLanguage, t('device.pair', { source, target }),
      available, (how) => window.Translator.create({ ...pair, ...how }))
  }

  /**
   * @template {import('./model.js').Closable} Value
   * @param {string} key
   * @param {string} title
   * @param {() => Promise<string>} availability
   * @param {(how: any) => Promise<Value>} create
   */
  model(key, title, availability, create) {
    /** @type {Model<Value>} */
    const model = new Model({
      title, availability, create, clock,
      // Languages that others declare must not fill the disk: downloads after the first few need the reader's consent.
      hasGesture: () => this.models.size <= UNASKED && (navigator.userActivation?.isActive ?? true),
      onChange: () => { this.reader?.changed(model); this.tell() },
    })
    this.models.set(key, model)
    return model
  }

  // Models that must be downloaded, or are being downloaded.
  tell() {
    const all = [...this.models.values()]
    const asking = all.filter(({ state }) => state === 'asks')
    const loading = all.filter(({ loaded }) => loaded !== null)
    const titles = (/** @type {Model<any>[]} */ models) => models.map(({ title }) => title).join(', ')
    const percent = Math.min(...loading.map(({ loaded }) => Math.floor((loaded ?? 0) * 100 / STEP) * STEP))
    const { hints } = this.room
    hints.show('device-asks', asking.length > 0 && t('device.ask', { languages: titles(asking) }), {
      label: t('device.download'),
      act: () => { for (const model of asking) model.start() },
    })
    hints.show('device-loads', loading.length > 0 && t('device.loading', { languages: titles(loading), percent: String(percent) }))
  }

  // ---- the page

  readTopic() {
    const { text, links } = this.room.topic
    this.reader?.drop(TOPIC)
    if (this.reader && text) this.reader.entryOf({ seq: TOPIC, text, links })
  }

  /**
   * @param {import('../types.d.ts').Command} command
   */
  takes({ type, as, seqs, again, anyway }) {
    if (!this.reader || type !== 'read' || as) return false
    if (again) this.reader.again(/** @type {number[]} */ (seqs), Boolean(anyway))
    return true
  }

  /**
   * @param {number} seq
   * @param {View} view
   */
  show(seq, view) {
    const { room } = this
    if (seq === TOPIC) return room.topic.read(view)
    room.viewed({ ...view, seq })
    const said = /** @type {Message | undefined} */ (this.reader?.entries.get(seq)?.said)
    // Pinned messages that are not on the page.
    if (said && !room.log.messages.has(seq)) room.pins.fill({ ...said, view })
  }
}
