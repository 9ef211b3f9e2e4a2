// Each answer that the OpenAPI document promises, had from a real server and held to its schema.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { faults, resolve, strangers } from '../checks/openapi-schema.mjs';
import { Cast } from '../lib/cast.mjs';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { openSocket, tryUpgrade } from '../lib/sockets.mjs';
import { tokenFor } from '../lib/token.mjs';
import { user, users } from '../lib/users.mjs';

let development;
let production;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const [me, other, friend] = [user('me'), user('other'), user('friend')];
const token = tokenFor(me);
const [SUBSCRIBE, UNSUBSCRIBE, QUERY] = ['/api/subscriptions/presence/subscribe', '/api/subscriptions/presence/unsubscribe', '/api/presence/query'];
const STATUS = `/api/presence/${me}/status`;
const CLEANUP = '/api/subscriptions/cleanup';
const DEAD_LETTERS = '/api/events/dead-letters';
const REPLAY = `${DEAD_LETTERS}/replay`;

let document;
/** Known once somebody is connected. */
const sessions = {};

const send = (method, path, options = {}) => request(development, method, path, { token, ...options });
const outside = (method, path, options = {}) => request(production, method, path, { token, ...options });
const nobody = (method, path, body) => send(method, path, { token: undefined, body });
const adminRaw = (method, path, options) => send(method, path, { token: tokenFor(user('boss'), { scope: 'admin' }), ...options });
const admin = (method, path, body) => adminRaw(method, path, { body });
const big = (kilobytes) => ({ raw: JSON.stringify({ pad: 'x'.repeat(kilobytes * 1000) }) });

/** What every operation with a body is refused for. */
const withBody = (method, path, kilobytes) => ({
  400: () => send(method, path, { raw: '{' }),
  413: () => send(method, path, big(kilobytes)),
  415: () => send(method, path, { raw: '{}', type: 'text/plain' }),
  422: () => send(method, path, { body: {} }),
});

const ofTargets = (path) => ({
  ...withBody('POST', path, 300),
  200: () => send('POST', path, { body: { targetUserIds: [friend, 'not an id'] } }),
  401: () => nobody('POST', path, { targetUserId: friend }),
  403: () => send('POST', path, { body: { subscriberId: other, targetUserId: friend } }),
});

const ofSession = (method, last) => {
  const at = (id) => `/api/subscriptions/websocket/session/${id}`;
  return {
    400: () => send(method, at('nonsense')),
    401: () => nobody(method, at(sessions.mine)),
    403: () => send(method, at(sessions.theirs), { token: tokenFor(friend) }),
    404: () => send(method, at(sessions.gone)),
    ...last(at),
  };
};

const ofUser = (path) => ({
  200: () => send('GET', path(me)),
  400: () => send('GET', path('a%20b')),
  401: () => nobody('GET', path(me)),
  403: () => send('GET', path(other)),
});

const forAdmins = (method, path, body) => ({
  401: () => nobody(method, path, body),
  403: () => send(method, path, { body }),
});

/** Several at once: one runs, and the others are told so. */
async function oneTooMany() {
  const answers = await Promise.all([1, 2, 3, 4].map(() => admin('POST', CLEANUP, {})));
  return answers.find(({ status }) => status === 409) ?? answers[0];
}

const upgrade = async (options) => {
  const refused = await tryUpgrade(development, options);
  assert.equal(refused.socket, undefined, 'the upgrade was taken');
  return { status: refused.status, headers: new Headers(Object.entries(refused.headers).filter(([, one]) => typeof one === 'string')), body: JSON.parse(refused.text) };
};

/** For each operation, how to have each of its answers. */
const PLAYS = {
  'GET /api/subscriptions/presence/{userId}': ofUser((id) => `/api/subscriptions/presence/${id}`),
  'GET /api/subscriptions/presence/{userId}/subscribers': ofUser((id) => `/api/subscriptions/presence/${id}/subscribers`),
  'GET /api/subscriptions/presence/{subscriberId}/subscribed-to/{targetUserId}': ofUser((id) => `/api/subscriptions/presence/${id}/subscribed-to/${friend}`),
  'POST /api/subscriptions/presence/subscribe': ofTargets(SUBSCRIBE),
  'POST /api/subscriptions/presence/unsubscribe': ofTargets(UNSUBSCRIBE),
  'GET /api/subscriptions/websocket/{userId}/sessions': ofUser((id) => `/api/subscriptions/websocket/${id}/sessions`),
  'GET /api/subscriptions/websocket/session/{sessionId}': ofSession('GET', (at) => ({ 200: () => send('GET', at(sessions.mine)) })),
  'DELETE /api/subscriptions/websocket/session/{sessionId}': ofSession('DELETE', (at) => ({ 204: () => send('DELETE', at(sessions.spare)) })),
  'POST /api/subscriptions/cleanup': {
    ...forAdmins('POST', CLEANUP, {}),
    200: () => admin('POST', CLEANUP, { tasks: ['sessions', 'health'] }),
    400: () => adminRaw('POST', CLEANUP, { raw: '{' }),
    409: oneTooMany,
    413: () => adminRaw('POST', CLEANUP, big(70)),
    415: () => adminRaw('POST', CLEANUP, { raw: '{}', type: 'text/plain' }),
    422: () => admin('POST', CLEANUP, { tasks: ['everything'] }),
  },
  'GET /api/presence/{userId}': {
    200: () => send('GET', `/api/presence/${me}`),
    400: () => send('GET', '/api/presence/a%20b'),
    401: () => nobody('GET', `/api/presence/${me}`),
    404: () => send('GET', '/api/presence/%2e%2e'),
  },
  'POST /api/presence/query': {
    ...withBody('POST', QUERY, 300),
    200: () => send('POST', QUERY, { body: { userIds: [me, friend, 'not an id'] } }),
    401: () => nobody('POST', QUERY, { userIds: [me] }),
  },
  'PUT /api/presence/{userId}/status': {
    ...withBody('PUT', STATUS, 70),
    200: () => send('PUT', STATUS, { body: { status: 'BUSY', message: 'writing' } }),
    401: () => nobody('PUT', STATUS, { status: 'BUSY' }),
    403: () => send('PUT', `/api/presence/${other}/status`, { body: { status: 'BUSY' } }),
    404: () => send('PUT', STATUS, { body: { status: 'AWAY', scope: 'device', sessionId: sessions.gone } }),
  },
  'GET /api/online': {
    ...forAdmins('GET', '/api/online'),
    200: () => admin('GET', '/api/online'),
    400: () => admin('GET', '/api/online?source=nowhere'),
  },
  'GET /api/events/dead-letters': {
    ...forAdmins('GET', DEAD_LETTERS),
    200: () => admin('GET', `${DEAD_LETTERS}?userId=${me}`),
    400: () => admin('GET', `${DEAD_LETTERS}?from=yesterday`),
  },
  'POST /api/events/dead-letters/replay': {
    ...forAdmins('POST', REPLAY, {}),
    200: () => admin('POST', REPLAY, { dryRun: true }),
    400: () => adminRaw('POST', REPLAY, { raw: '{' }),
    413: () => adminRaw('POST', REPLAY, big(70)),
    415: () => adminRaw('POST', REPLAY, { raw: '{}', type: 'text/plain' }),
    422: () => admin('POST', REPLAY, { from: 'yesterday' }),
  },
  'GET /ws': {
    101: async () => {
      (await openSocket(development, { token, protocols: ['rollcall.v1.json'] })).close();
      return { status: 101, headers: new Headers({ 'x-request-id': 'seen by the client library only' }) };
    },
    400: () => upgrade({ token, tokenBy: 'subprotocol' }),
    403: () => upgrade({ token, origin: 'https://evil.example' }),
    426: () => send('GET', '/ws'),
  },
  'GET /health/live': { 200: () => nobody('GET', '/health/live') },
  'GET /health/ready': { 200: () => nobody('GET', '/health/ready') },
  'GET /health': { 200: () => nobody('GET', '/health') },
  'GET /metrics': {
    401: () => outside('GET', '/metrics'),
    501: () => outside('GET', '/metrics', { token: 'm-e-t-r-i-c-s' }),
  },
  'GET /openapi.json': { 200: () => nobody('GET', '/openapi.json') },
  'GET /asyncapi.json': { 200: () => nobody('GET', '/asyncapi.json') },
  'GET /docs': { 200: () => nobody('GET', '/docs') },
  'GET /': { 200: () => nobody('GET', '/'), 404: () => outside('GET', '/') },
  'POST /dev/token': {
    ...withBody('POST', '/dev/token', 70),
    200: () => nobody('POST', '/dev/token', { userId: me, scope: 'admin' }),
    404: () => outside('POST', '/dev/token', { body: { userId: me } }),
  },
  'GET /dev/hub/{userId}/stats': {
    ...ofUser((id) => `/dev/hub/${id}/stats`),
    404: () => outside('GET', `/dev/hub/${me}/stats`),
  },
  'GET /dev/redis/{userId}': {
    ...ofUser((id) => `/dev/redis/${id}`),
    404: () => outside('GET', `/dev/redis/${me}`),
  },
};

/** Somebody is here, somebody has left, and some watch others: every answer then has something in it. */
async function furnish() {
  ({ body: document } = await send('GET', '/openapi.json'));
  const { sessionId } = await connected(me);
  sessions.mine = sessionId;
  sessions.spare = (await connected(me)).sessionId;
  sessions.theirs = (await connected(other)).sessionId;
  const gone = await connected(me);
  await gone.leave();
  sessions.gone = gone.sessionId;
  await connected(friend);
  await send('POST', SUBSCRIBE, { body: { targetUserIds: [friend, ...users(2)] } });
  await send('POST', SUBSCRIBE, { token: tokenFor(friend), body: { targetUserId: me } });
}

/** A client that stays until the server goes. */
const connected = (id) => new Cast({ after: () => {} }, development).json(id);

const operations = () => Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => [`${method.toUpperCase()} ${path}`, item[method]]));
/** Failures of our own cannot be had at will. */
const atWill = (status) => !['500', '503'].includes(status);

function holdsTo(response, answer) {
  for (const header of Object.keys(response.headers ?? {})) assert.ok(answer.headers.get(header), `${header} is missing`);
  const [media, content] = Object.entries(response.content ?? {})[0] ?? [];
  if (!media) return;
  assert.equal(answer.headers.get('content-type').split(';')[0], media);
  if (!content.schema) return;
  assert.deepEqual(faults(document, content.schema, answer.body), [], answer.text);
  assert.deepEqual(strangers(document, content.schema, answer.body), [], answer.text);
}

describe('the OpenAPI document', () => {
  development = useServer({ ALLOWED_ORIGINS: 'https://app.example', REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_TOKEN: 'of-the-tests' });
  production = useServer({ ENVIRONMENT: 'production', METRICS_TOKEN: 'm-e-t-r-i-c-s' });
  // The hooks of a suite run one after the other: the servers are there.
  before(furnish, { timeout: 60_000 });

  test('each documented operation and answer is played here, and nothing else', () => {
    const promised = operations().flatMap(([name, { responses }]) => Object.keys(responses).filter(atWill).map((status) => `${name} ${status}`));
    const played = Object.entries(PLAYS).flatMap(([name, plays]) => Object.keys(plays).map((status) => `${name} ${status}`));
    assert.deepEqual(played.sort(), promised.sort());
  });

  for (const [name, plays] of Object.entries(PLAYS)) {
    describe(name, () => {
      for (const [status, play] of Object.entries(plays)) {
        test(`answers ${status} as described`, async () => {
          const answer = await play();
          assert.equal(`${answer.status}`, status, answer.text);
          const [method, path] = name.split(' ');
          holdsTo(resolve(document, document.paths[path][method.toLowerCase()].responses[status]), answer);
        });
      }
    });
  }
});
