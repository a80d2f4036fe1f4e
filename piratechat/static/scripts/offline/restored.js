// Restored databases: after a back-up was restored, message numbers are assigned again, and the epoch is new
// (docs/talking.md).  Stored reading positions are invalid then; drafts are kept.

import { EPOCH, OF_ROOMS, keeper } from '../lib/storage.js'
import { MyRooms } from '../rooms/my_rooms.js'

// This window has detected a restored database, and not notified its reader yet.
const NEWS = 'piratechat:restored'

/**
 * Deletes message numbers and reading positions of other epochs.  Returns whether the reader of this window has not been
 * notified yet that messages may be missing.
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

// The next page of a room shows a notice about this.
export function rememberRestoration() {
  keeper('sessionStorage', NEWS).save('yes')
}
