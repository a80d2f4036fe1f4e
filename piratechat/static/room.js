// Makes a room live.  Puts the parts together; each says in its own file what it does.

import { Device } from './device.js'
import { byId } from './dom.js'
import { forgetOthers, offerLeaving } from './leave.js'
import { offerCopy, offerSheet } from './share.js'
import { RoomPage } from './roompage.js'

const main = document.querySelector('main[data-room]')

offerCopy()
offerSheet(document.title)
// On a small screen the log comes first, once there is one.
if (matchMedia('(max-width: 48rem)').matches && main.dataset.last !== '0') byId('share').open = false

// Visitors need not load what is the owner's; without it, the owner's forms go their own way.
const { Owner } = main.dataset.owner === undefined ? { Owner: null } : await import('./owner.js').catch(() => ({ Owner: null }))

// Before the page takes up what its visitor left unsent.
const isOther = forgetOthers(main.dataset.visitor)
const room = new RoomPage(main, (url) => new window.SockJS(url), { Owner, onState: (state) => device.stateChanged(state) })
const device = new Device(main.dataset.url, room.log, room.live)
offerLeaving(main.dataset.room, device)
window.addEventListener('online', () => room.link.wentOnline())
window.addEventListener('offline', () => room.link.wentOffline())
room.link.online = navigator.onLine
room.link.start()
device.start(isOther)
