import assert from 'node:assert/strict'
import test from 'node:test'
import { isSame, judged, modelTag, offered } from '../../piratechat/static/scripts/device/languages.js'
import { Model } from '../../piratechat/static/scripts/device/model.js'
import { joined, pieces } from '../../piratechat/static/scripts/device/pieces.js'
import { Queue } from '../../piratechat/static/scripts/device/queue.js'
import { Reader, TOPIC } from '../../piratechat/static/scripts/device/reader.js'

// ---- marks

const shouted = (text, links, names) => {
  const all = pieces(text, links, names)
  assert.equal(all.map((piece) => piece.text).join(''), text)
  return joined(all, all.filter(({ kind }) => kind === 'words').map((piece) => piece.text.toUpperCase()))
}

test('device: marks are preserved, and the text around them is translated', () => {
  for (const [text, read, links, names] of [
    ['run `make` now', 'RUN `make` NOW'],
    ['so:\n```js\nlet a = 1\n```\nand on', 'SO:\n```js\nlet a = 1\n```\nAND ON'],
    ['this is **very** good, _and_ ~~so~~ on', 'THIS IS **VERY** GOOD, _AND_ ~~SO~~ ON'],
    ['see a.example now', 'SEE a.example NOW', [[4, 13, 'http://a.example']]],
    ['> who is it?\n- one\n- two\n1. three', '> WHO IS IT?\n- ONE\n- TWO\n1. THREE'],
    ['hello @ada lovelace, and @eve', 'HELLO @ada lovelace, AND @eve', [], ['ada lovelace']],
    ['good 🦜 morning :smile: friend', 'GOOD 🦜 MORNING :smile: FRIEND'],
    ['a note:important:read here', 'A NOTE:IMPORTANT:READ HERE'],
    ['get ftp://host.example/a.txt, and mail ada@localhost', 'GET ftp://host.example/a.txt, AND MAIL ada@localhost'],
    ['first\n\n  second  ', 'FIRST\n\n  SECOND  '],
    ['12:30 – 14:00!', '12:30 – 14:00!'],
    ['', ''],
  ]) assert.equal(shouted(text, links, names).text, read)
})

test('device: links have their positions in the translation, in code points', () => {
  const all = pieces('👍🏽 wow https://a.example/x ok', [[7, 26, 'https://a.example/x']])
  const { text, links } = joined(all, ['a much longer 🏴 wow', 'fine'])
  assert.equal(text, '👍🏽 a much longer 🏴 wow https://a.example/x fine')
  const [[start, end, href]] = links
  assert.equal([...text].slice(start, end).join(''), 'https://a.example/x')
  assert.equal(href, 'https://a.example/x')
})

test('device: a translation is separated from adjacent marks', () => {
  for (const [text, answers, read, links, names] of [
    ['https://a.exampleを見て', ['see it'], 'https://a.example see it', [[0, 17, 'https://a.example']]],
    ['見てhttps://a.example', ['see'], 'see https://a.example', [[2, 19, 'https://a.example']]],
    ['@田中さん', ['san'], '@田中 san', [], ['田中']],
    ['**見**て', ['look', 'ing'], '**look** ing'],
    ['見`ls`て', ['look', 'now'], 'look `ls` now'],
    ['🦜見て', ['see'], '🦜 see'],
  ]) assert.equal(joined(pieces(text, links, names), answers).text, read)
})

test('device: empty results are rejected, and bidirectional controls removed', () => {
  const all = pieces('hello there')
  for (const answer of ['', '  ', '…', undefined, '\u202e']) assert.equal(joined(all, [answer]), null)
  assert.equal(joined(all, ['hal\u202elo\nda']).text, 'hallo da')
})

// ---- languages

test('device: languages are compared without region, but with script', () => {
  assert.ok(isSame('de', 'de-AT') && isSame('zh', 'zh-CN') && isSame('zh-TW', 'zh-Hant'))
  assert.ok(!isSame('zh', 'zh-Hant') && !isSame('de', 'en'))
  assert.deepEqual(['pt-BR', 'zh-HK', 'und', '', 'not a tag'].map(modelTag), ['pt', 'zh-Hant', '', '', ''])
})

test('device: only confident detections count', () => {
  const guesses = (...all) => all.map(([detectedLanguage, confidence]) => ({ detectedLanguage, confidence }))
  assert.deepEqual(judged(guesses(['fr', 0.9], ['de', 0.1]), 'de'), { sure: 'fr', likely: 'fr' })
  assert.deepEqual(judged(guesses(['de', 0.4], ['nl', 0.3]), 'de'), { sure: '', likely: 'nl' })
  assert.deepEqual(judged(guesses(['und', 0.99]), 'de'), { sure: '', likely: '' })
  assert.deepEqual(judged([], 'de'), { sure: '', likely: '' })
})

test('device: the available languages are the browser\'s, the reader\'s first', async () => {
  const tags = await offered(['de-AT', 'xx', 'en-GB'], async (tag) => {
    if (tag === 'xx') throw new RangeError('no tag')
    return ['en', 'de', 'fr', 'cs'].includes(tag)
  })
  assert.deepEqual(tags, ['de', 'en', 'cs', 'fr'])
})

// ---- the queue

const tick = () => new Promise((done) => setImmediate(done))

test('device: the queue translates one text at a time, visible ones first, the newest first', async () => {
  const done = []
  let [seen, busy] = [[2, 3], 0]
  const queue = new Queue({
    inSight: () => seen,
    breathe: tick,
    work: async (seq) => { assert.equal(busy++, 0); await tick(); busy--; done.push(seq); if (seq === 3) seen = [] },
  })
  for (const seq of [1, 2, 3, 4, 5, 6]) queue.add(seq)
  queue.drop(5)
  while (queue.isWorking) await tick()
  assert.deepEqual(done, [3, 6, 4, 2, 1])
})

// ---- models

function clockOf() {
  const timers = new Set()
  return {
    timers,
    now: () => 0,
    after: (seconds, then) => { const timer = { seconds, then }; timers.add(timer); if (!seconds) setImmediate(then); return timer },
    cancel: (timer) => timers.delete(timer),
    run(seconds) { for (const timer of [...timers]) if (timer.seconds === seconds) { timers.delete(timer); timer.then() } },
  }
}

function modelOf({ availability = 'available', gesture = false, create = async () => ({}), clock = clockOf(), onChange = () => {} } = {}) {
  return new Model({ title: 'it', availability: async () => availability, create, hasGesture: () => gesture, clock, onChange })
}

test('device: an available model is created without a user gesture', async () => {
  const model = modelOf()
  await model.start()
  assert.equal(model.state, 'ready')
})

test('device: without a user gesture, nothing is downloaded', async () => {
  let count = 0
  const model = modelOf({ availability: 'downloadable', create: async () => { count++ } })
  await model.start()
  assert.deepEqual([model.state, count], ['asks', 0])
})

test('device: the progress of a download is reported, and a stalled one times out', async () => {
  const [clock, told] = [clockOf(), []]
  let target
  let signal
  const model = modelOf({
    availability: 'downloadable', gesture: true, clock, onChange: () => told.push([model.state, model.loaded]),
    create: (how) => { signal = how.signal; target = new EventTarget(); how.monitor(target); return new Promise(() => {}) },
  })
  const started = model.start()
  await tick()
  target.dispatchEvent(Object.assign(new Event('downloadprogress'), { loaded: 0.5 }))
  assert.deepEqual(told, [['loading', 0], ['loading', 0.5]])
  assert.equal(clock.timers.size, 1)
  clock.run(120)
  await started
  assert.deepEqual([model.state, model.loaded, signal.aborted], ['failed', null, true])
})

test('device: unavailable models are reported, and a rejected download is requested', async () => {
  const refused = (name) => async () => { throw new DOMException('no', name) }
  for (const [options, state] of [
    [{ availability: 'unavailable' }, 'unavailable'],
    [{ create: refused('NetworkError') }, 'failed'],
    [{ create: refused('NotAllowedError'), gesture: true }, 'failed'],
    [{ create: refused('NotAllowedError') }, 'asks'],
  ]) {
    const model = modelOf(options)
    await model.start()
    assert.equal(model.state, state)
  }
})

test('device: a model created after closing is destroyed', async () => {
  let make
  let destroyed = 0
  const model = modelOf({ create: () => new Promise((done) => { make = done }) })
  const started = model.start()
  await tick()
  model.close()
  make({ destroy: () => destroyed++ })
  await started
  await tick()
  assert.equal(destroyed, 1)
})

// ---- reading

const GUESSES = { hello: ['en', 0.9], hallo: ['de', 0.9], bonjour: ['fr', 0.9], ok: ['es', 0.2] }

function readerOf({ translate = async (text) => text.toUpperCase(), models = {}, hasDetector = true } = {}) {
  const [clock, views, asked] = [clockOf(), new Map(), []]
  const made = new Map()
  const withChange = (options) => modelOf({ clock, onChange: () => reader.changed(model), ...options })
  let model
  const translator = (source) => {
    if (made.has(source)) return made.get(source)
    const own = new Model({
      title: `${source} to de`, availability: async () => models[source] ?? 'available', clock, hasGesture: () => reader.gesture,
      create: async () => ({ translate: async (text, how) => { asked.push([source, text]); return translate(text, how) } }),
      onChange: () => reader.changed(own),
    })
    made.set(source, own)
    return own
  }
  const detector = withChange({ create: async () => ({ detect: async (text) => {
    const [detectedLanguage, confidence] = GUESSES[text.split(' ')[0]] ?? ['und', 0.5]
    return [{ detectedLanguage, confidence }]
  } }) })
  model = detector
  const reader = new Reader({
    target: 'de', detector: hasDetector ? detector : null, translator, clock, inSight: () => [], breathe: tick,
    onView: (seq, view) => views.set(seq, view),
  })
  const settled = async () => { do await tick(); while (reader.queue.isWorking) }
  return Object.assign(reader, { views, asked, settled, clock, gesture: false, made })
}

test('device: a message is pending, and then translated', async () => {
  const reader = readerOf()
  assert.deepEqual(reader.read({ seq: 1, text: 'hello' }).view, { as: 'device:de', state: 'pending' })
  await reader.settled()
  assert.deepEqual(reader.views.get(1), { as: 'device:de', state: 'ready', text: 'HELLO', links: [] })
  assert.equal(reader.read({ seq: 1, text: 'hello' }).view.text, 'HELLO')
  assert.deepEqual(reader.asked, [['en', 'hello']], 'it is remembered')
})

test('device: skipped texts are not translated, except on request', async () => {
  const reader = readerOf()
  for (const [seq, text, lang] of [[1, 'hallo'], [2, '12:30'], [3, 'ok'], [4, 'hello', 'de-AT'], [5, 'ok', 'fr']]) reader.read({ seq, text, lang })
  await reader.settled()
  assert.deepEqual([1, 2, 4].map((seq) => reader.views.get(seq)), Array(3).fill({ as: 'device:de', state: 'skipped' }))
  assert.deepEqual(reader.views.get(3), { as: 'device:de', state: 'skipped', reason: 'Its language is not clear.', anyway: true })
  assert.equal(reader.views.get(5).text, 'OK')
  reader.again([3], true)
  await reader.settled()
  assert.equal(reader.views.get(3).text, 'OK')
  assert.deepEqual(reader.asked, [['fr', 'ok'], ['es', 'ok']])
})

test('device: edited messages are translated again, and removed ones discarded', async () => {
  let release
  const reader = readerOf({ translate: (text) => new Promise((done) => { release = () => done(text.toUpperCase()) }) })
  reader.read({ seq: 1, text: 'hello' })
  while (!reader.asked.length) await tick()
  reader.read({ seq: 1, text: 'hello again' })
  release()
  while (reader.asked.length < 2) await tick()
  assert.equal(reader.views.get(1), undefined, 'the old text is not shown')
  assert.deepEqual(reader.read({ seq: 1, text: 'hello again', removed: true }).view, null)
  release()
  await reader.settled()
  assert.equal(reader.views.get(1), undefined)
  assert.equal(reader.entries.size, 0)
})

test('device: a failure is reported, and can be retried', async () => {
  let fails = true
  const reader = readerOf({ translate: async (text) => { if (fails) throw new Error('out of memory'); return text.toUpperCase() } })
  reader.read({ seq: 1, text: 'hello' })
  await reader.settled()
  assert.deepEqual(reader.views.get(1), { as: 'device:de', state: 'failed', reason: 'Your browser could not translate it.' })
  fails = false
  reader.again([1])
  assert.equal(reader.views.get(1).state, 'pending')
  await reader.settled()
  assert.equal(reader.views.get(1).text, 'HELLO')
})

test('device: a translator that never answers times out', async () => {
  let signal
  const reader = readerOf({ translate: (_text, how) => { signal = how.signal; return new Promise(() => {}) } })
  reader.read({ seq: 1, text: 'hello' })
  while (!signal) await tick()
  reader.clock.run(30)
  await reader.settled()
  assert.equal(reader.views.get(1).reason, 'Your browser took too long.')
  assert.ok(signal.aborted)
})

test('device: texts in a language to download wait without blocking others', async () => {
  const reader = readerOf({ models: { fr: 'downloadable', es: 'unavailable' } })
  reader.read({ seq: 1, text: 'hello' })
  reader.read({ seq: 2, text: 'bonjour' })
  reader.read({ seq: 3, text: 'hola', lang: 'es' })
  await reader.settled()
  assert.equal(reader.views.get(1).text, 'HELLO')
  assert.equal(reader.views.get(2).reason, 'Your browser must first download fr to de.')
  assert.equal(reader.views.get(3).reason, 'Your browser does not have es to de.')
  reader.gesture = true
  reader.again([2])
  while (reader.made.get('fr').state === 'loading') await tick()
  await reader.settled()
  assert.equal(reader.views.get(2).text, 'BONJOUR')
})

test('device: without a detector only declared languages are translated', async () => {
  const reader = readerOf({ hasDetector: false })
  reader.read({ seq: 1, text: 'hello' })
  reader.read({ seq: 2, text: 'hello', lang: 'en' })
  await reader.settled()
  assert.deepEqual([reader.views.get(1).state, reader.views.get(2).state], ['skipped', 'ready'])
})

test('device: the topic is translated before the messages', async () => {
  const reader = readerOf()
  reader.read({ seq: 1, text: 'hello' })
  reader.entryOf({ seq: TOPIC, text: 'hello all' })
  await reader.settled()
  assert.deepEqual(reader.asked.map(([, text]) => text), ['hello all', 'hello'])
})
