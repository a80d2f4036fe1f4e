import assert from 'node:assert/strict'
import test from 'node:test'
import { Notifier } from '../../piratechat/static/scripts/notifications/notifier.js'

const box = (checked) => ({ checked, addEventListener() {} })
const text = (shown) => shown && `${shown.title}: ${shown.options.body}`

// A browser with a hidden page whose reader has enabled notifications; `showing` is the visible one.
function browser({ byPage, title = 'Ada' }) {
  const screen = { showing: null }
  const put = (title, options, gone = () => {}) => {
    const before = screen.showing
    const shown = { title, options, gone, close() { if (screen.showing === shown) { screen.showing = null; gone() } } }
    screen.showing = shown
    before?.gone()           // replaced because it has the same tag
    return shown
  }
  const listeners = []
  globalThis.document = { hidden: true, addEventListener: (_type, listener) => listeners.push(listener) }
  globalThis.window = { Notification: { permission: 'granted' }, focus() {} }
  globalThis.Notification = class {
    constructor(title, options) {
      if (!byPage) throw new TypeError('Illegal constructor')
      this.shown = put(title, options, () => this.onclose())
    }
    close() { this.shown.close() }
  }
  const registration = {
    showNotification: async (title, options) => { put(title, options) },
    getNotifications: async ({ tag }) => (!byPage && screen.showing?.options.tag === tag ? [screen.showing] : []),
  }
  const navigator = { serviceWorker: { getRegistration: async () => registration } }
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  const place = { querySelector: (name) => (name === '[role=status]' ? {} : box(true)) }
  const notify = new Notifier(place, { path: '/rooms/ada', title: () => title, chime: { play() {} } })
  notify.sound.checked = notify.desktop.checked = true
  const look = (hidden) => { document.hidden = hidden; for (const listener of listeners) listener() }
  return Object.assign(screen, { notify, look, settled: async () => { await notify.turn; return text(screen.showing) } })
}

test('right-to-left names and titles are isolated', async () => {
  const { notify, settled } = browser({ byPage: true, title: 'החדר' })
  notify.show({ seq: 1, author: 'ليلى', text: 'مرحبا' })
  assert.equal(await settled(), '\u2068ليلى\u2069 · \u2068החדר\u2069: مرحبا')
})

for (const byPage of [true, false]) {
  const by = byPage ? 'by the page' : 'by the service worker'

  test(`${by}: the notification of a removed message is withdrawn`, async () => {
    const { notify, settled } = browser({ byPage })
    notify.show({ seq: 1, author: 'Bo', text: 'a secret' })
    assert.equal(await settled(), 'Bo · Ada: a secret')
    notify.withdraw(1)
    assert.equal(await settled(), null)
  })

  test(`${by}: the notification of an edited message is updated, and older ones are not shown`, async () => {
    const { notify, settled } = browser({ byPage })
    notify.show({ seq: 1, author: 'Bo', text: 'a secret' })
    notify.show({ seq: 2, author: 'Bo', text: 'hello' })
    await settled()
    notify.update({ seq: 2, author: 'Bo', text: 'ahoy' })
    assert.equal(await settled(), 'Bo · Ada: ahoy')
    notify.update({ seq: 1, author: 'Bo', text: 'nothing' })
    notify.update({ seq: 7, author: 'Bo', text: 'long ago' })
    assert.equal(await settled(), 'Bo · Ada: ahoy')
    notify.withdraw(2)
    assert.equal(await settled(), 'Bo · Ada: nothing')
  })

  test(`${by}: after a removal, the last remaining message is shown`, async () => {
    const { notify, settled } = browser({ byPage })
    for (const seq of [1, 2, 3]) notify.show({ seq, author: 'Bo', text: `message ${seq}` })
    notify.withdraw(2)
    assert.equal(await settled(), 'Bo · Ada: message 3')
    notify.withdraw(3)
    assert.equal(await settled(), 'Bo · Ada: message 1')
    notify.withdraw(1)
    assert.equal(await settled(), null)
  })

  test(`${by}: a message removed before its notification is not shown`, async () => {
    const screen = browser({ byPage })
    screen.notify.show({ seq: 1, author: 'Bo', text: 'a secret' })
    screen.notify.withdraw(1)
    assert.equal(await screen.settled(), null)
  })

  test(`${by}: closed notifications do not return`, async () => {
    const screen = browser({ byPage })
    screen.notify.show({ seq: 1, author: 'Bo', text: 'message 1' })
    screen.notify.show({ seq: 2, author: 'Bo', text: 'message 2' })
    await screen.settled()
    screen.showing.close()
    screen.notify.withdraw(2)
    assert.equal(await screen.settled(), null)
    screen.notify.show({ seq: 3, author: 'Bo', text: 'message 3' })
    assert.equal(await screen.settled(), 'Bo · Ada: message 3')
    screen.notify.withdraw(3)
    assert.equal(await screen.settled(), null)
  })

  test(`${by}: visiting the room closes notifications, which do not return`, async () => {
    const screen = browser({ byPage })
    screen.notify.show({ seq: 1, author: 'Bo', text: 'message 1' })
    await screen.settled()
    screen.look(false)
    assert.equal(await screen.settled(), null)
    screen.look(true)
    screen.notify.show({ seq: 2, author: 'Bo', text: 'message 2' })
    screen.notify.withdraw(2)
    assert.equal(await screen.settled(), null)
  })
}
