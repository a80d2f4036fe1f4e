// The delay before the next attempt.  Pure.

const FIRST = 0.5
// While a server restarts, the delays stay short, so that readers are back soon after it.  These attempts take about ten
// seconds in total.
const SOON = 2
const ATTEMPTS_SOON = 8
const LONGEST = 15

/**
 * Returns the seconds to wait after `attempt` consecutive failures (from 0): a random value in the upper half of a delay
 * that doubles up to a maximum, so that the readers of a room do not all reconnect at the same moment after a restart.
 *
 * @param {number} attempt
 */
export function pause(attempt, random = Math.random) {
  const soon = Math.min(SOON, FIRST * 2 ** Math.min(attempt, ATTEMPTS_SOON))
  const later = 2 ** Math.min(30, Math.max(0, attempt - ATTEMPTS_SOON + 1))
  return Math.min(LONGEST, soon * later) * (0.5 + random() / 2)
}
