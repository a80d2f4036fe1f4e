// The database was put back to a back-up: its numbers are given to other messages, and it has another epoch
// (docs/talking.md).  How far rooms were read before says nothing any more; what was typed stays.

import { EPOCH, OF_ROOMS, keeper } from '../lib/storage.js'
import { MyRooms } from '../rooms/my_rooms.js'

// This window learned it, and has not told its reader yet.
const NEWS = 'piratechat:restored'

/**
 * Forgets how far rooms have come and were read in databases of other epochs.  Returns whether this window's reader
 * does not know yet that something is missing.
 *
 * @param {string} epoch  that of the database now
 */
export function forgetOtherEpochs(epoch) {
  const [known, news] = [keeper('localStorage', EPOCH), keeper('sessionStorage', NEWS)]
  const [before, isNews] = [known.load(), news.load() !== null]
  known.save(epoch)
  news.save('')
  if (before === null || before === epoch) return isNews
  keeper('localStorage', OF_ROOMS.seen).save('')
  new MyRooms().forgetNumbers()
  return true
}

// The next page of a room is to tell what has become of it.
export function rememberRestoration() {
  keeper('sessionStorage', NEWS).save('yes')
}
