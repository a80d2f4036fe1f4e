// What room.js loads where the browser itself translates, for readers who want that.

export { begin } from './device/translated_room.js'
