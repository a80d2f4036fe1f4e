// How long to wait before the next attempt.  Pure.

const FIRST = 0.5
const LONGEST = 15

/**
 * Seconds to wait after `attempt` failures in a row (from 0): doubles up to the
 * longest, and somewhere in the upper half of it, so that a room full of
 * readers does not come back in the same instant when a server restarts.
 *
 * @param {number} attempt
 */
export function pause(attempt, random = Math.random) {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 30))
  return whole * (0.5 + random() / 2)
}
