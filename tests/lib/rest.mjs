// The REST interface as the tests use it: a time-out on each request (a server that panics hangs instead of
// failing), and the shape of every answer looked at.
import assert from 'node:assert/strict';
import { seen } from './seen.mjs';
import { tokenFor } from './token.mjs';

const TIMEOUT_MS = 20_000;

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** One request as it is: `{status, headers, text, body}`. `body` is sent as JSON unless `raw` is given. */
export async function request(server, method, path, { token, body, raw, headers = {}, type } = {}) {
  const sent = { ...headers };
  if (token !== undefined) sent.authorization = `Bearer ${token}`;
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  if (content !== undefined) sent['content-type'] = type ?? 'application/json';
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: sent,
    body: content,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  seen(method, path, answer.status);
  assert.ok(answer.headers.get('x-request-id'), `${method} ${path} answered ${answer.status} without x-request-id`);
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
}

/** The codes that a status may carry: the list is closed, and documented. */
const CODES = {
  400: ['malformed_json', 'invalid_parameter', 'invalid_user_id', 'invalid_session_id', 'subprotocol_required'],
  401: ['unauthorized'],
  403: ['forbidden', 'origin_not_allowed'],
  404: ['not_found', 'session_not_found'],
  405: ['method_not_allowed'],
  409: ['cleanup_running'],
  413: ['payload_too_large'],
  415: ['unsupported_media_type'],
  422: ['invalid_body', 'too_many_ids', 'unsupported_filter', 'invalid_status', 'message_too_long'],
  426: ['upgrade_required'],
  501: ['not_yet'],
  503: ['misconfigured'],
};

/** Asserts a problem-details answer of RFC 9457 with the fields that the contract adds. */
export function assertProblem(answer, status, code) {
  assert.equal(answer.status, status, `status of ${answer.text}`);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = answer.body;
  assert.ok(problem && typeof problem === 'object', `a problem is JSON: ${answer.text}`);
  for (const field of ['type', 'title', 'detail', 'code', 'instance']) {
    assert.equal(typeof problem[field], 'string', `${field} of ${answer.text}`);
  }
  assert.ok(problem.title.length > 0 && problem.detail.length > 0, `a problem says something: ${answer.text}`);
  assert.equal(problem.status, status);
  assert.ok(CODES[status]?.includes(problem.code), `${status} ${problem.code} is not in the list: ${answer.text}`);
  if (code) assert.equal(problem.code, code, answer.text);
  if (problem.errors !== undefined) assertErrors(problem.errors);
  return problem;
}

function assertErrors(errors) {
  assert.ok(Array.isArray(errors) && errors.length > 0);
  for (const error of errors) {
    assert.match(error.pointer, /^(#?\/.*|#?)$/);
    assert.equal(typeof error.detail, 'string');
  }
}

/** What a user does over REST: each call asserts its status and gives the body. */
export class Rest {
  constructor(server, userId, claims) {
    this.server = server;
    this.userId = userId;
    this.token = tokenFor(userId, claims);
  }

  send(method, path, options = {}) {
    return request(this.server, method, path, { token: this.token, ...options });
  }

  async #good(method, path, options, status = 200) {
    const answer = await this.send(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  get(path) {
    return this.#good('GET', path);
  }

  post(path, body) {
    return this.#good('POST', path, { body });
  }

  put(path, body) {
    return this.#good('PUT', path, { body });
  }

  delete(path, status = 204) {
    return this.#good('DELETE', path, {}, status);
  }

  /** Asserts that this is refused with this status and code, and gives the problem. */
  async refused(method, path, status, code, options = {}) {
    return assertProblem(await this.send(method, path, options), status, code);
  }

  presence(userId = this.userId) {
    return this.get(`/api/presence/${encodeURIComponent(userId)}`);
  }

  setStatus(status, more = {}) {
    return this.put(`/api/presence/${encodeURIComponent(this.userId)}/status`, { status, ...more });
  }

  async subscribe(...targetUserIds) {
    return (await this.post('/api/subscriptions/presence/subscribe', { targetUserIds })).results;
  }

  async unsubscribe(...targetUserIds) {
    return (await this.post('/api/subscriptions/presence/unsubscribe', { targetUserIds })).results;
  }

  subscriptions(query = '') {
    return this.get(`/api/subscriptions/presence/${encodeURIComponent(this.userId)}${query}`);
  }

  subscribers(query = '') {
    return this.get(`/api/subscriptions/presence/${encodeURIComponent(this.userId)}/subscribers${query}`);
  }

  subscribedTo(targetUserId) {
    const [me, target] = [this.userId, targetUserId].map(encodeURIComponent);
    return this.get(`/api/subscriptions/presence/${me}/subscribed-to/${target}`);
  }

  async sessions() {
    return (await this.get(`/api/subscriptions/websocket/${encodeURIComponent(this.userId)}/sessions`)).sessions;
  }

  session(sessionId) {
    return this.get(`/api/subscriptions/websocket/session/${encodeURIComponent(sessionId)}`);
  }

  revoke(sessionId) {
    return this.delete(`/api/subscriptions/websocket/session/${encodeURIComponent(sessionId)}`);
  }
}
