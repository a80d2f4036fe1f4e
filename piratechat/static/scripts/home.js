// The home page, and the page for no network: the rooms that this browser has visited, and examples of translations.

import { element } from './lib/dom.js'
import { forgetRoom, takeLeft, visitorBefore } from './offline/leave.js'
import { keptRooms } from './offline/kept_rooms.js'
import { forgetOtherEpochs, rememberRestoration } from './offline/restored.js'
import { MyRooms } from './rooms/my_rooms.js'
import { RoomList } from './rooms/room_list.js'
import { text as t, textParts } from './lib/texts.js'

const main = /** @type {HTMLElement} */ (document.querySelector('main'))
const place = /** @type {HTMLElement} */ (document.getElementById('my-rooms'))
const mine = new MyRooms()
const list = new RoomList(place, forgetRoom)

async function show() {
  const { visitor } = main.dataset
  // Without a network the visitor is unknown: the list shows all rooms that can be opened.
  if (visitor === undefined) list.show(await keptRooms(mine.list()))
  else list.show(visitor === visitorBefore() ? mine.list() : [])
}

// The offline page has no epoch.
const { epoch } = main.dataset
if (epoch && forgetOtherEpochs(epoch)) rememberRestoration()

// The room that the reader has just left in this window.
function showLeft() {
  const left = takeLeft()
  const notice = document.getElementById('left-room')
  if (!left || !notice) return
  const { title, url } = left
  notice.replaceChildren(...textParts('home.left', { title: element('bdi', {}, title) }), ' ',
    element('a', { href: url }, t('home.back')))
  notice.hidden = false
}

// One example is shown at a time, and the next one on request: nothing moves next to a form.
function offerExamples() {
  const place = document.getElementById('examples')
  const button = place?.querySelector('button')
  const all = [...place?.querySelectorAll('.example') ?? []]
  if (!place || !button || all.length < 2) return
  let at = 0
  place.setAttribute('aria-live', 'polite')
  button.hidden = false
  button.addEventListener('click', () => {
    at = (at + 1) % all.length
    for (const [number, one] of all.entries()) one.classList.toggle('shown', number === at)
  })
}

offerExamples()
showLeft()
show()
window.addEventListener('storage', show)
window.addEventListener('pageshow', (event) => { if (event.persisted) show() })
