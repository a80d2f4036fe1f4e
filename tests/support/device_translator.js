// A stand-in for the translator and the language detector of a browser, with the same interface.  It translates by saying
// which language it would be, and tells what it was asked for in window.standIn.
(() => {
  const LANGUAGES = ['en', 'de', 'fr', 'es']
  const DEFAULTS = { downloaded: ['detector', 'en-de', 'fr-de', 'en-fr', 'de-fr'], slow: false, breaks: false }
  const key = 'stand-in'
  const kept = () => ({ ...DEFAULTS, ...JSON.parse(localStorage.getItem(key) ?? '{}') })
  const keep = (changes) => localStorage.setItem(key, JSON.stringify({ ...kept(), ...changes }))
  const standIn = { keep, kept, translated: [], sent: [], created: [], open: 0, finish: () => {} }

  const available = (name) => (kept().downloaded.includes(name) ? 'available' : 'downloadable')
  async function download(name, { monitor, signal }) {
    standIn.created.push(name)
    signal?.throwIfAborted()
    if (available(name) === 'available') return
    if (!navigator.userActivation.isActive) throw new DOMException('Requires a user gesture.', 'NotAllowedError')
    const target = new EventTarget()
    monitor?.(target)
    target.dispatchEvent(new ProgressEvent('downloadprogress', { loaded: 0.42, total: 1 }))
    if (kept().slow) await new Promise((done) => { standIn.finish = done })
    if (kept().breaks) throw new DOMException('The download failed.', 'NetworkError')
    keep({ downloaded: [...kept().downloaded, name] })
  }

  class Translator {
    static async availability({ sourceLanguage, targetLanguage }) {
      const there = [sourceLanguage, targetLanguage].every((tag) => LANGUAGES.includes(tag))
      return there && sourceLanguage !== targetLanguage ? available(`${sourceLanguage}-${targetLanguage}`) : 'unavailable'
    }

    static async create({ sourceLanguage, targetLanguage, ...how }) {
      await download(`${sourceLanguage}-${targetLanguage}`, how)
      standIn.open++
      return Object.assign(new Translator(), { sourceLanguage, targetLanguage })
    }

    async translate(text) {
      standIn.translated.push(text)
      if (text.includes('fail') && !standIn.healed) throw new DOMException('Nothing came.', 'UnknownError')
      return `${this.targetLanguage}: ${text}`
    }

    destroy() { standIn.open-- }
  }

  class LanguageDetector {
    static async availability() { return available('detector') }

    static async create(how) {
      await download('detector', how)
      return new LanguageDetector()
    }

    async detect(text) {
      if (/zzz/.test(text)) return [{ detectedLanguage: 'es', confidence: 0.3 }, { detectedLanguage: 'und', confidence: 0.1 }]
      const detectedLanguage = /hallo/i.test(text) ? 'de' : /bonjour/i.test(text) ? 'fr' : 'en'
      return [{ detectedLanguage, confidence: 0.95 }, { detectedLanguage: 'und', confidence: 0.05 }]
    }

    destroy() {}
  }

  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (data) { standIn.sent.push(data); return send.call(this, data) }
  for (const [name, value] of Object.entries({ Translator, LanguageDetector, standIn })) {
    Object.defineProperty(window, name, { value, configurable: true, writable: true })
  }
})()
