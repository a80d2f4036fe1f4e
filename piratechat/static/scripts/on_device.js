// The bundle for translation on this device, which room.js loads for readers who use it.

export { begin } from './device/translated_room.js'
