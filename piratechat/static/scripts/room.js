// Starts a live room: creates its parts, which are described in their own files.

import '../sockjs.min.js' // defines window.SockJS
import { OfflineCopy } from './offline/offline_copy.js'
import { byId } from './lib/dom.js'
import { forgetOthers, offerLeaving } from './offline/leave.js'
import { offerCopies } from './log/copying.js'
import { forgetOtherEpochs, rememberRestoration } from './offline/restored.js'
import { PING } from './connection/connection.js'
import { ShortPolling } from './connection/short_polling.js'
import { slotsOf } from './connection/slots.js'
import { Owner } from './owner/owner.js'
import { offerCopy, offerSheet } from './ui/share.js'
import { followKeyboard, keepInSight } from './ui/sheets.js'
import { MyRooms } from './rooms/my_rooms.js'
import { Switcher } from './rooms/switcher.js'
import { Visit } from './rooms/visit.js'
import { RoomPage } from './room_page.js'
import { OF_ROOMS, isFramed, keeper, ofEpoch } from './lib/storage.js'
import { text as t } from './lib/texts.js'
import { Transports } from './connection/transports.js'

/**
 * Translation on this device: loaded when a reader opens its list, or has chosen a language before.
 *
 * @param {HTMLElement} link
 * @param {string | null} chosen
 */
function offerDevice(link, chosen) {
  const load = (/** @type {Event | void} */ event) => {
    event?.preventDefault()
    import('./on_device.js').then(({ begin }) => begin(room, Boolean(event)), () => room.offerReload('device', t('page.outdated')))
  }
  link.addEventListener('click', load)
  if (chosen && 'Translator' in window) load()
}

// Minimum timeout for opening a transport, in milliseconds.
const OPENING = 3000

const main = /** @type {HTMLElement} */ (document.querySelector('main[data-room]'))
const { room: slug = '', url = '', visitor = '', epoch = '' } = main.dataset

const sayCopied = () => room.announcer.tell(t('share.copied'))
offerCopies(byId('log'), sayCopied)
for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.share'))) {
  offerCopy(place, sayCopied)
  offerSheet(place, document.title)
}
const more = byId('more')
if (more) keepInSight(more)
for (const sheet of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[popover="auto"]'))) followKeyboard(sheet)

// Before the page loads the unsent messages of its visitor.
const isOther = forgetOthers(visitor, slug)
// An offline copy shows the time when it was stored.
const isCopy = document.documentElement.dataset.kept !== undefined
const isRestored = !isCopy && forgetOtherEpochs(epoch)
// A frame of another site shows only this room.
const switcher = isFramed ? null : new Switcher(slug, new MyRooms())
/** @type {(url: string, transport: import('./types.d.ts').Transport) => Promise<import('./types.d.ts').Socket>} */
const connect = async (url, transport) => transport === 'short-polling'
  ? new ShortPolling(url, PING)
  : new window.SockJS(url, null, { transports: transport, timeout: OPENING })
const room = new RoomPage(main, connect, {
  Owner: main.dataset.owner === undefined ? null : Owner,
  isOther,
  isRestored,
  switcher,
  transports: new Transports({ places: slotsOf(window), keeper: keeper('sessionStorage', 'piratechat:transport') }),
  onState: (state) => device?.stateChanged(state),
  onRestored: (other) => { rememberRestoration(); device?.restored(other) },
})
const device = isFramed ? null : new OfflineCopy(url, epoch, room.log, room.live)
if (device && switcher) remember(device, switcher)

/**
 * The data of the room in this browser, until its reader leaves.
 *
 * @param {OfflineCopy} device
 * @param {Switcher} switcher
 */
function remember(device, switcher) {
  // The people who were present when the copy was stored may have left.
  if (device.keptAt) room.presence.set([])
  const title = () => room.title.textContent ?? ''
  const state = () => ({ title: title(), last: room.live ? room.reader.unread.last : undefined })
  const visit = new Visit(slug, new MyRooms({ rooms: ofEpoch(keeper('localStorage', OF_ROOMS.rooms), epoch) }), [room.title, room.log.list], state, () => switcher.show())
  offerLeaving(slug, { title, url, forget() { room.forget(); visit.forget() } }, device)
}

window.addEventListener('online', () => room.link.wentOnline())
window.addEventListener('offline', () => room.link.wentOffline())
document.addEventListener('visibilitychange', () => { if (!document.hidden) room.link.wake() })
for (const event of ['pageshow', 'focus']) window.addEventListener(event, () => room.link.wake())
const toDevice = byId('to-device')
if (toDevice) offerDevice(toDevice, keeper('localStorage', 'piratechat:device').load())
room.link.online = navigator.onLine
room.link.start()
device?.start(isOther)
