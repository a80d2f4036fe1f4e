// Makes a room live.  Puts the parts together; each says in its own file what it does.

import { byId } from './dom.js'
import { offerCopy, offerSheet } from './share.js'
import { RoomPage } from './roompage.js'

const main = document.querySelector('main[data-room]')

offerCopy()
offerSheet(document.title)
// On a small screen the log comes first, once there is one.
if (matchMedia('(max-width: 48rem)').matches && main.dataset.last !== '0') byId('share').open = false

const room = new RoomPage(main, (url) => new window.SockJS(url))
window.addEventListener('online', () => room.link.wentOnline())
window.addEventListener('offline', () => room.link.wentOffline())
room.link.start()
