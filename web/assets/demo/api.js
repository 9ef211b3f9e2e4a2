/** The few REST calls that the demo makes beside its sockets. */

/** A refused request, with the code of the server's problem details. */
export class ApiError extends Error {
  /** @param {number} status @param {any} problem */
  constructor(status, problem) {
    super(problem?.detail || problem?.title || `the server answered ${status}`);
    this.status = status;
    this.code = problem?.code;
  }
}

/**
 * @param {string} path
 * @param {{method?: string, token?: string, body?: object}} [options]
 * @returns {Promise<any>} the parsed body, or null where there is none
 */
async function call(path, { method = 'GET', token, body } = {}) {
  const headers = new Headers();
  if (token) headers.set('authorization', `Bearer ${token}`);
  if (body) headers.set('content-type', 'application/json');
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const parsed = text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : null;
  if (!response.ok) throw new ApiError(response.status, parsed);
  return parsed;
}

/** A token for anyone: development servers only. @param {string} userId */
export const devToken = (userId) => call('/dev/token', { method: 'POST', body: { userId } });

/** A user's own sessions, those in their grace included. @param {string} userId @param {string} token */
export const sessionsOf = (userId, token) =>
  call(`/api/subscriptions/websocket/${encodeURIComponent(userId)}/sessions`, { token });

/** Signs a device out: its socket is closed with 4003. @param {string} sessionId @param {string} token */
export const signOut = (sessionId, token) =>
  call(`/api/subscriptions/websocket/session/${encodeURIComponent(sessionId)}`, { method: 'DELETE', token });

/**
 * What Redis says of a user now: development servers only. 404 where there is no Redis, 503 where it does not answer.
 *
 * @param {string} userId @param {string} token
 * @returns {Promise<{userId: string, source: "embedded"|"rest", asOf: string, keys: import('./redis-table.js').Entry[]}>}
 */
export const redisOf = (userId, token) => call(`/dev/redis/${encodeURIComponent(userId)}`, { token });
