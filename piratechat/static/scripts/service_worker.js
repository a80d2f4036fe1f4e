// The service worker: offline copies of rooms.  Pages are loaded from the network as long as there is one, however slow;
// without a network the copy of a room is shown.
//
// It stores pages of rooms, their last messages (which the pages send), and immutable files.  Nothing else: no forms, no
// JSON, no SockJS, no page of the operator.
//
// The names of the caches of rooms contain the epoch of the database (docs/talking.md): after a back-up was restored, the
// caches of other epochs are deleted.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self))

// The path below which the chat is served, "" if it has the whole host.  Caches belong to
// the host: another chat on it uses other names, as in lib/base.js.
const BASE = new URL('.', location.href).pathname.slice(0, -1)
const PAGES = `${BASE}rooms`
const SAID = `${BASE}said`
const FILES = `${BASE}files`
const OFFLINE = `${BASE}/offline`
const MOST_ROOMS = 10
const MOST_FILES = 150
const LARGEST = 2 ** 20     // maximum size of a page, and of the messages of a room, in bytes
const AGAIN = 60_000        // milliseconds between two attempts to store a missing page
const PATIENCE = 20_000     // timeout of a request for a copy, in milliseconds: later tasks wait for it

// The caches of rooms of any epoch.
const isOfRooms = (/** @type {string} */ name) => [PAGES, SAID].some((kind) => name === kind || name.startsWith(`${kind}-`))
// The texts of removed messages, which their author and the owner may see, but which are not stored in copies.
const REMOVED_WORDS = /<details class="original words">.*?<\/details>/gs
// The epoch in a page of a room: text of people cannot match this.
const EPOCH = /<main\b[^<>]*\sdata-epoch="([0-9a-f]+)"/

const isLasting = (/** @type {string} */ path) => /^\/(static|theme\/[^/]+)\/v-[0-9a-f]{12}\//.test(below(path))
// Returns the path of the room that the page at `path` shows, if any.
const roomAt = (/** @type {string} */ path) => {
  const room = below(path).match(/^(\/rooms\/[^/]+)(\/messages\/\d+)?$/)?.[1]
  return room && BASE + room
}

/** @param {string} path */
function below(path) {
  return path.startsWith(`${BASE}/`) ? path.slice(BASE.length) : ''
}

worker.addEventListener('install', (event) => {
  worker.skipWaiting()
  event.waitUntil(keepOffline())
})

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== location.origin) return
  // A room in a frame of another site belongs to another visitor, and is not stored.
  if (url.searchParams.has('frame') || /^\/frame(-[\w-]+)?\//.test(below(url.pathname))) return
  // The theme has changed, so the offline page is loaded again.
  if (request.method === 'POST' && url.pathname === `${BASE}/theme`) event.waitUntil(caches.delete(OFFLINE))
  if (request.method !== 'GET') return
  if (isLasting(url.pathname)) event.respondWith(file(request))
  else if (request.mode === 'navigate') event.respondWith(page(event, url))
})

// Tasks run one after the other, so that an earlier task does not store a room that was deleted meanwhile.
/** @type {Promise<unknown>} */
let last = Promise.resolve()

/** @param {() => Promise<unknown>} job */
function inTurn(job) {
  last = last.then(job).catch(() => {})
  return last
}

// A notification of notifier.js, where pages cannot show one: a click opens its room.
worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(bringUp(event.notification.data.room))
})

/** @param {string} room */
async function bringUp(room) {
  const windows = await worker.clients.matchAll({ type: 'window' })
  const there = windows.find(({ url }) => new URL(url).pathname === room)
  return there ? there.focus() : worker.clients.openWindow(room)
}

// From a page: {keep: ROOM, files: [addresses]}, {said: ROOM, epoch, at, messages, files}, {forget: ROOM}, with each room as its
// path; {forgetAll: true}; or {current: EPOCH}, after which the copies of other epochs are deleted.  The answer is
// sent to the port of the message when the task is finished.
worker.addEventListener('message', (event) => {
  const { keep, files, said, epoch, forget, forgetAll, current, ...state } = event.data
  event.waitUntil(inTurn(async () => {
    if (current) await forgetEpochs(current)
    if (roomAt(keep ?? '')) await keepNow(keep, files)
    if (roomAt(said ?? '')) await keepSaid(said, epoch, files, state)
    if (forget) await forgetRoom(forget)
    if (forgetAll) await forgetEpochs()
    event.ports[0]?.postMessage('done')
  }))
})

/** @param {Request} request */
async function file(request) {
  const kept = await caches.match(request, { cacheName: FILES, ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) {
    const copy = answer.clone()
    inTurn(async () => bound(FILES, MOST_FILES, async (cache) => cache.put(request, copy)))
  }
  return answer
}

/**
 * @param {FetchEvent} event
 * @param {URL} url
 */
async function page(event, url) {
  const room = roomAt(url.pathname)
  try {
    const answer = await fetch(event.request)
    const copy = answer.clone()
    event.waitUntil(inTurn(() => seen(url, room, copy)))
    return answer
  } catch {
    return (room ? await lastSeen(room) : undefined) ?? await caches.match(OFFLINE) ?? Response.error()
  }
}

/**
 * @param {URL} url
 * @param {string | undefined} room
 * @param {Response} answer
 */
async function seen(url, room, answer) {
  if (!await caches.match(OFFLINE, { cacheName: OFFLINE })) await keepOffline()
  // Pages of older messages are not stored.
  if (url.pathname !== room || ['before', 'after', 'on'].some((name) => url.searchParams.has(name))) return
  if (answer.ok) await keepPage(room, answer)
  else if ([403, 404, 410].includes(answer.status)) await forgetRoom(room)
}

// The offline page with the files of its light and dark theme, which previous pages need not have loaded.
async function keepOffline() {
  const signal = AbortSignal.timeout(PATIENCE)
  const answer = await fetch(OFFLINE, { signal })
  if (!answer.ok) return
  const page = await answer.clone().text()
  await (await caches.open(OFFLINE)).put(OFFLINE, answer)
  const files = addresses(page, /\s(?:src|href)="([^"]+)"/g, answer.url)
  for (const address of files) {
    const found = await file(new Request(address, { signal }))
    if (!found.ok || !address.endsWith('.css')) continue
    for (const image of addresses(await found.text(), /url\("([^"]+)"\)/g, address)) await file(new Request(image, { signal }))
  }
}

/**
 * Returns the URLs of immutable files among the matches of `pattern`.
 *
 * @param {string} text
 * @param {RegExp} pattern
 * @param {string} base
 */
function addresses(text, pattern, base) {
  const found = [...text.matchAll(pattern)].map(([, address]) => new URL(address, base))
  return found.filter(({ origin, pathname }) => origin === location.origin && isLasting(pathname)).map(({ href }) => href)
}

/**
 * @param {string} room
 * @param {string[]} files
 */
async function keepNow(room, files = []) {
  const signal = AbortSignal.timeout(PATIENCE)
  const answer = await fetch(room, { headers: { Accept: 'text/html' }, signal })
  if (answer.ok && !answer.redirected) await keepPage(room, answer)
  for (const address of files) if (isLasting(new URL(address).pathname)) await file(new Request(address, { signal }))
}

/**
 * @param {string} room
 * @param {Response} answer
 */
async function keepPage(room, answer) {
  const headers = new Headers(answer.headers)
  headers.set('X-Kept', new Date().toISOString())
  const page = (await answer.text()).replaceAll(REMOVED_WORDS, '')
  const epoch = page.match(EPOCH)?.[1]
  if (!epoch) return
  await forgetEpochs(epoch)
  await put(`${PAGES}-${epoch}`, room, new Blob([page]), headers)
}

/**
 * Only if there is a page of the same epoch: the sending page may have been suspended since a back-up was restored.
 *
 * @param {string} room
 * @param {string} epoch
 * @param {string[]} files
 * @param {object} state
 */
async function keepSaid(room, epoch, files, state) {
  const isKept = () => caches.match(room, { cacheName: `${PAGES}-${epoch}`, ignoreVary: true })
  if (!await isKept()) await keepMissing(room, files)
  if (!await isKept()) return
  await put(`${SAID}-${epoch}`, room, new Blob([JSON.stringify(state)]), { 'Content-Type': 'application/json' })
}

// The times of requests for missing pages, by room.
/** @type {Map<string, number>} */
const missed = new Map()

/**
 * Stores an open page that is missing: this worker became active while it was loaded, a request failed, or other rooms
 * have replaced it.  Requests are not repeated all the time if it cannot be stored.
 *
 * @param {string} room
 * @param {string[]} files
 */
async function keepMissing(room, files) {
  const now = performance.now()
  if (now - (missed.get(room) ?? -AGAIN) < AGAIN) return
  missed.set(room, now)
  await keepNow(room, files)
}

/**
 * @param {string} name  of the cache
 * @param {string} room
 * @param {Blob} body
 * @param {HeadersInit} headers
 */
async function put(name, room, body, headers) {
  if (body.size > LARGEST) return forgetRoom(room)
  return bound(name, MOST_ROOMS, async (cache) => {
    await cache.delete(room) // so that it is the newest
    await cache.put(room, new Response(body, { headers }))
  })
}

/**
 * @param {string} name  of the cache
 * @param {number} most  entries
 * @param {(cache: Cache) => Promise<unknown>} add
 */
async function bound(name, most, add) {
  const cache = await caches.open(name)
  await add(cache)
  const keys = await cache.keys()
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key)
}

/** @param {string} room */
async function forgetRoom(room) {
  for (const name of await cachesOfRooms()) await (await caches.open(name)).delete(room)
}

/**
 * Deletes the copies of all epochs except `current`.
 *
 * @param {string} [current]
 */
async function forgetEpochs(current) {
  for (const name of await cachesOfRooms()) if (!current || !name.endsWith(`-${current}`)) await caches.delete(name)
}

async function cachesOfRooms() {
  return (await caches.keys()).filter(isOfRooms)
}

/** @param {string} room */
async function lastSeen(room) {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${PAGES}-`))
  const found = await Promise.all(names.map((cacheName) => caches.match(room, { cacheName, ignoreVary: true })))
  const kept = found.find(Boolean)
  if (!kept) return undefined
  const page = (await kept.text()).replace('<html', `<html data-kept="${kept.headers.get('X-Kept')}"`)
  return new Response(page, { headers: kept.headers })
}
