// Reserves the place of the list of other rooms, and starts the scripts of the room.  The files of a page from before an
// update may no longer exist: the page is then reloaded, once, as soon as the server responds, and keeps the typed text.

(() => {
  // The same as in lib/base.js, which is a module.
  const script = /** @type {HTMLScriptElement} */ (document.currentScript)
  const BASE = new URL(script.src).pathname.match(/^(.*)\/static\//)?.[1] ?? ''
  const RELOADED = `${BASE}piratechat:reloaded`
  // A page is reloaded at most once within this many milliseconds.
  const SELDOM = 30000
  // Minimum and maximum delay before the next request to the server, in milliseconds.
  const SHORTEST = 500
  const LONGEST = 15000
  // Maximum number of stored rooms.
  const MOST = 50

  // The rooms that rooms/switcher.js shows: at most this many, including the current one; none of another
  // visitor.
  function reserve() {
    const { rooms, others } = known()
    if (!others || !isOwn()) return
    document.documentElement.dataset.rooms = ''
    document.documentElement.style.setProperty('--rooms', String(rooms))
  }

  // The same as in offline/leave.js.
  function isOwn() {
    const before = localStorage.getItem(`${BASE}piratechat:visitor`)
    return before === null || before === script.dataset.visitor
  }

  // The same validation of stored data as in rooms/my_rooms.js.
  function known() {
    const found = new Set()
    let here = ''
    try {
      here = decodeURIComponent(location.pathname.slice(BASE.length).split('/')[2] ?? '')
      for (const [room, text] of JSON.parse(localStorage.getItem(`${BASE}piratechat:rooms`) ?? '[]').slice(-MOST)) if (isRoom(room, text)) found.add(room)
    } catch {
      return { rooms: 0, others: false }
    }
    found.add(here)
    return { rooms: found.size, others: found.size > 1 }
  }

  /**
   * @param {unknown} room
   * @param {string} text
   */
  function isRoom(room, text) {
    try {
      const { title } = JSON.parse(text)
      return typeof room === 'string' && typeof title === 'string' && title !== ''
    } catch {
      return false
    }
  }

  // Pages in frames of other sites have no such list.
  if (document.currentScript?.dataset.frame === undefined) reserve()
  // The browser can translate by itself: the menu offers it (on_device.js).
  if ('Translator' in globalThis) document.documentElement.dataset.translator = ''

  const begin = () => {
    const main = /** @type {HTMLElement} */ (document.querySelector('main[data-room]'))
    const field = /** @type {HTMLTextAreaElement} */ (document.getElementById('text'))
    const typed = `${BASE}piratechat:typed:${main.dataset.room}`

    const start = async () => {
      const text = take(typed)
      field.value ||= text
      await import('./room.js')
    }

    /** @param {string} key */
    function take(key) {
      try {
        const text = sessionStorage.getItem(key)
        sessionStorage.removeItem(key)
        return text ?? ''
      } catch {
        return '' // this browser keeps nothing
      }
    }

    async function loadAgain() {
      await serverAnswers()
      try {
        // The clock may have been set back meanwhile.
        if (Math.abs(Date.now() - Number(sessionStorage.getItem(RELOADED))) < SELDOM) return giveUp()
        sessionStorage.setItem(RELOADED, String(Date.now()))
        if (field.value) sessionStorage.setItem(typed, field.value)
      } catch {
        return giveUp() // nobody would know that it was loaded again already
      }
      // What answers a form cannot be asked for by its address.
      const { pathname, search } = location
      location.replace((/\/messages\/\d+$/.test(pathname) ? pathname : main.dataset.url) + search)
    }

    async function serverAnswers() {
      for (let pause = SHORTEST; ; pause = Math.min(2 * pause, LONGEST)) {
        try {
          // Nothing that a service worker would answer.
          const { status } = await fetch(`${main.dataset.sockjs}/info`, { cache: 'no-store' })
          if (status < 500) return
        } catch { /* not yet */ }
        await new Promise((done) => setTimeout(done, pause))
      }
    }

    function giveUp() {
      const place = /** @type {HTMLElement} */ (document.getElementById('notice'))
      place.textContent = main.dataset.incomplete ?? ''
      place.hidden = false
    }

    const started = start()
    const styled = new Promise((done) => addEventListener('load', done)).then(() => {
      const loaded = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'))
      if (loaded.some(({ name, responseStatus }) => name.endsWith('.css') && responseStatus === 404)) throw new Error('a style sheet is missing')
    })
    Promise.all([started, styled]).catch((error) => {
      console.error(error)
      return loadAgain()
    })
  }

  document.addEventListener('DOMContentLoaded', begin)
})()
