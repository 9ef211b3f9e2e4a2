/**
 * What a closed socket means for the one who lost it.
 *
 * The server's registry of close codes says which ends are final. A client
 * that ignores it either gives up too early (a deploy) or comes back for ever
 * where it is not wanted (a revoked device).
 */

/**
 * @typedef {"never" | "jittered" | "new-token" | "after-delay"} Retry
 * @typedef {{reason: string, retry: Retry}} CloseMeaning
 */

/** @type {Readonly<Record<number, CloseMeaning>>} */
export const CLOSE_CODES = Object.freeze({
  1000: { reason: 'bye', retry: 'never' },
  1001: { reason: 'server going away', retry: 'jittered' },
  1009: { reason: 'message too big', retry: 'never' },
  1012: { reason: 'server restarts', retry: 'jittered' },
  3000: { reason: 'unauthorized, or the token expired', retry: 'new-token' },
  3003: { reason: 'forbidden', retry: 'never' },
  4000: { reason: 'protocol error', retry: 'never' },
  4001: { reason: 'session expired (no heartbeat)', retry: 'jittered' },
  4002: { reason: 'replaced by a resumed connection', retry: 'never' },
  4003: { reason: 'signed out', retry: 'never' },
  4004: { reason: 'too many sessions for this user', retry: 'never' },
  4029: { reason: 'rate limited', retry: 'after-delay' },
});

/**
 * The meaning of a close code. Codes that are not in the registry (1006 for a
 * lost network, 1005 for a close without a code) are treated as a loss.
 *
 * @param {number} code
 * @returns {CloseMeaning}
 */
export function closeMeaning(code) {
  return CLOSE_CODES[code] ?? { reason: 'connection lost', retry: 'jittered' };
}

/**
 * Full jitter: `random(0, min(cap, base·2ⁿ))`.
 *
 * The *first* retry is spread too: when a server restarts, everybody loses
 * their socket in the same millisecond.
 *
 * @param {number} attempt 0 for the first retry
 * @param {{baseMs?: number, capMs?: number, random?: () => number}} [options]
 * @returns {number} milliseconds to wait
 */
export function backoffMs(attempt, { baseMs = 1000, capMs = 30_000, random = Math.random } = {}) {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** attempt));
}

/**
 * The wait that a 4029 asks for in its reason (`retryAfterMs=1500`, or the
 * same as JSON), or nothing where it names none.
 *
 * @param {string} reason
 * @returns {number | undefined} milliseconds
 */
export function retryAfterMs(reason) {
  const digits = /retryAfterMs\D{0,4}(\d+)/.exec(reason)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
