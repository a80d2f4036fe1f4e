// Stores a visited room in the browser: its title, and the number of its last message.

// Milliseconds between a change and storing it.
const PAUSE = 1000

export class Visit {
  /** @type {number | undefined} */
  timer
  /** Whether the room is left: nothing is remembered from then on. */
  left = false

  /**
   * @param {string} room
   * @param {import('./my_rooms.js').MyRooms} rooms
   * @param {HTMLElement[]} places  elements that change with title and messages
   * @param {() => {title: string, last?: number}} state
   * @param {() => void} onRemembered
   */
  constructor(room, rooms, places, state, onRemembered) {
    this.remember = () => {
      clearTimeout(this.timer)
      this.timer = undefined
      if (this.left) return
      rooms.remember(room, state())
      onRemembered()
    }
    const observer = new MutationObserver(() => { this.timer ??= setTimeout(this.remember, PAUSE) })
    for (const place of places) observer.observe(place, { childList: true, characterData: true, subtree: place.tagName === 'H1' })
    window.addEventListener('pagehide', this.remember)
    this.remember()
  }

  forget() { this.left = true }
}
