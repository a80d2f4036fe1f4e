// The delay before the next attempt.  Pure.

const FIRST = 0.5
const LONGEST = 15

/**
 * Returns the seconds to wait after `attempt` consecutive failures (from 0): a random value in the upper half of a delay
 * that doubles up to a maximum, so that the readers of a room do not all reconnect at the same moment after a restart.
 *
 * @param {number} attempt
 */
export function pause(attempt, random = Math.random) {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 30))
  return whole * (0.5 + random() / 2)
}
