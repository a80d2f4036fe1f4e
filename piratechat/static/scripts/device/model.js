// One model of the browser, which may have to be downloaded; browsers require a user gesture for a download.  Pure.
//
//   state         meaning
//   new           not requested yet
//   loading       being created or downloaded: `loaded` is the progress, from 0 to 1, or null
//   ready         `value` can be used
//   asks          must be downloaded, which the reader has to start
//   unavailable   not supported by the browser
//   failed        could not be created; can be retried

/** @import { Clock } from '../types.d.ts' */
/** @typedef {'new' | 'loading' | 'ready' | 'asks' | 'unavailable' | 'failed'} State */
/** @typedef {{destroy?: () => void}} Closable */

// Timeout in seconds without progress.
const STALLED = 120

/** @template {Closable} Value */
export class Model {
  /** @type {State} */
  state = 'new'
  /** @type {Value | null} */
  value = null
  /** @type {number | null} */
  loaded = null
  closed = false
  abort = new AbortController()

  /**
   * @param {object} options
   * @param {string} options.title  for readers: the languages
   * @param {() => Promise<string>} options.availability  as browsers tell it: "available", "downloadable" ...
   * @param {(how: {monitor: (target: EventTarget) => void, signal: AbortSignal}) => Promise<Value>} options.create
   * @param {() => boolean} options.hasGesture  whether the reader has just pressed something
   * @param {Clock} options.clock
   * @param {() => void} options.onChange
   */
  constructor({ title, availability, create, hasGesture, clock, onChange }) {
    this.title = title
    this.availability = availability
    this.create = create
    this.hasGesture = hasGesture
    this.clock = clock
    this.onChange = onChange
    /** @type {unknown} */
    this.timer = null
  }

  get isDone() { return this.state === 'ready' || this.state === 'loading' || this.state === 'unavailable' }

  // Resolves when it is settled.
  async start() {
    if (this.isDone || this.closed) return
    this.state = 'loading'
    this.abort = new AbortController()
    try {
      await this.make()
    } catch (error) {
      this.settle(/** @type {Error} */ (error)?.name === 'NotAllowedError' && !this.hasGesture() ? 'asks' : 'failed')
    }
  }

  async make() {
    const found = await this.availability()
    if (found === 'unavailable') return this.settle('unavailable')
    if (found !== 'available' && !this.hasGesture()) return this.settle('asks')
    if (found !== 'available') this.progressed(0)
    const { signal } = this.abort
    const given = new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
    this.wait()
    const monitor = (/** @type {EventTarget} */ target) => target.addEventListener('downloadprogress', (event) => {
      if (!signal.aborted && this.state === 'loading') this.progressed(/** @type {ProgressEvent} */ (event).loaded)
    })
    const made = this.create({ monitor, signal })
    // A model that arrives too late is not used.
    made.then((late) => { if (signal.aborted) late.destroy?.() }, () => {})
    this.value = /** @type {Value} */ (await Promise.race([made, given]))
    this.settle('ready')
  }

  /** @param {number} loaded */
  progressed(loaded) {
    this.loaded = Math.max(0, Math.min(1, Number(loaded) || 0))
    this.wait()
    this.onChange()
  }

  wait() {
    this.clock.cancel(this.timer)
    this.timer = this.clock.after(STALLED, () => this.abort.abort())
  }

  /** @param {State} state */
  settle(state) {
    this.clock.cancel(this.timer)
    this.loaded = null
    if (this.closed) return
    this.state = state
    this.onChange()
  }

  close() {
    this.closed = true
    this.abort.abort()
    this.value?.destroy?.()
    this.value = null
  }
}
