// What a server does outside development, and with a configuration that is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JsonClient } from '../lib/json-client.mjs';
import { Rest, assertProblem, request } from '../lib/rest.mjs';
import { Server, ownServer } from '../lib/server.mjs';
import { badTokens, keyPair, tokenFor } from '../lib/token.mjs';
import { user } from '../lib/users.mjs';

/** What may be asked without a token, and what it must answer. */
const get = (server, path, options) => request(server, 'GET', path, options);

// An empty variable counts as a missing one, and a missing environment as production.
for (const ENVIRONMENT of ['production', 'staging', '']) {
  test(`with ENVIRONMENT "${ENVIRONMENT}" nothing of development is there, and all else works`, { timeout: 120_000 }, async (t) => {
    const server = await ownServer(t, { ENVIRONMENT, SESSION_TTL: '10', REDIS_REFRESH: undefined, UPSTASH_REDIS_REST_TOKEN: 'a-token', KAFKA_REST_API: undefined });
    for (const path of ['/', '/index.html', `/dev/hub/${user()}/stats`, `/dev/redis/${user()}`, '/embedded/redis', '/embedded/redis/get/k', '/embedded/kafka/topics', '/embedded/kafka/topics?follow=true']) {
      assert.equal((await get(server, path, { token: tokenFor(user()) })).status, 404, path);
    }
    assertProblem(await request(server, 'POST', '/dev/token', { body: { userId: user() } }), 404);
    for (const path of ['/dev/cron', '/embedded/redis', '/embedded/redis/pipeline', '/embedded/kafka/topics/t']) {
      assertProblem(await request(server, 'POST', path, { token: tokenFor(user()), body: [['PING']] }), 404);
    }
    assert.equal((await get(server, '/health/live')).status, 200);
    assert.deepEqual((await get(server, '/health/ready')).body, { status: 'ready', storage: 'ok', redis: 'off', kafka: 'off' });
    const client = await JsonClient.connect(server, user());
    assert.equal((await new Rest(server, client.userId).presence()).online, true);
    await client.dispose();
  });
}

test('in development /dev/token gives a token that works', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t);
  const userId = user('dev');
  const answer = await request(server, 'POST', '/dev/token', { body: { userId, scope: 'admin' } });
  assert.equal(answer.status, 200, answer.text);
  assert.ok(Date.parse(answer.body.expiresAt) > Date.now());
  const presence = await request(server, 'GET', `/api/presence/${userId}`, { token: answer.body.token });
  assert.equal(presence.status, 200);
  const page = await get(server, '/');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /text\/html/);
  for (const body of [{}, { userId: 'a b' }, { userId: 7 }]) {
    const refused = await request(server, 'POST', '/dev/token', { body });
    assertProblem(refused, body.userId === 'a b' ? 400 : 422);
  }
  const large = JSON.stringify({ userId, pad: 'x'.repeat(70_000) });
  assertProblem(await request(server, 'POST', '/dev/token', { raw: large }), 413);
  assertProblem(await request(server, 'POST', '/dev/token', { raw: 'userId=x', type: 'application/x-www-form-urlencoded' }), 415);
});

describe('a configuration that is none', () => {
  const bad = {
    'no key at all': [{ AUTH_JWT_SECRET: undefined }, 'AUTH_JWT_SECRET'],
    'a secret that is too short': [{ AUTH_JWT_SECRET: 'short' }, 'AUTH_JWT_SECRET'],
    'two keys': [{ AUTH_JWT_PUBLIC_KEY: keyPair('ES256').publicPem }, 'AUTH_JWT_PUBLIC_KEY'],
    'a TTL that is no number': [{ SESSION_TTL: 'banana' }, 'SESSION_TTL'],
    'a TTL below what production allows': [{ ENVIRONMENT: 'production', SESSION_TTL: '2' }, 'SESSION_TTL'],
    'a heartbeat that is too slow for the TTL': [{ HEARTBEAT_INTERVAL: '9' }, 'HEARTBEAT_INTERVAL'],
  };
  for (const [what, [vars, name]] of Object.entries(bad)) {
    test(`${what} is named at /health/ready and 503 misconfigured elsewhere`, { timeout: 120_000 }, async (t) => {
      const server = await ownServer(t, { ENVIRONMENT: 'production', ...vars });
      const ready = await get(server, '/health/ready');
      assert.equal(ready.status, 503);
      assert.match(ready.text, new RegExp(name));
      assert.equal((await get(server, '/health/live')).status, 200);
      const id = user();
      const answer = await get(server, `/api/presence/${id}`, { token: tokenFor(id) });
      assertProblem(answer, 503, 'misconfigured');
      assert.ok(answer.headers.get('retry-after'));
      assert.ok(!answer.text.includes('short'), 'a secret is never repeated');
    });
  }
});

for (const alg of ['ES256', 'RS256']) {
  test(`with an ${alg} public key its tokens are taken, and all others are not`, { timeout: 120_000 }, async (t) => {
    const { privateKey, publicPem } = keyPair(alg);
    const server = await ownServer(t, { AUTH_JWT_SECRET: undefined, AUTH_JWT_PUBLIC_KEY: publicPem });
    const id = user('pk');
    const good = tokenFor(id, {}, { alg, key: privateKey });
    assert.equal((await get(server, `/api/presence/${id}`, { token: good })).status, 200);
    const client = await JsonClient.connect(server, id, { token: good });
    assert.equal(client.welcome.userId, id);
    await client.dispose();
    const forged = {
      ...badTokens(id),
      'signed with HMAC under the public key': tokenFor(id, {}, { key: publicPem }),
      'signed with another key': tokenFor(id, {}, { alg, key: keyPair(alg).privateKey }),
      'of the shared secret': tokenFor(id),
    };
    for (const [what, token] of Object.entries(forged)) {
      const answer = await get(server, `/api/presence/${id}`, { token });
      assert.equal(answer.status, 401, what);
    }
  });
}

test('numbers may stand without quotes, for the Worker and its objects alike', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t, { SESSION_TTL: 20, OFFLINE_GRACE: 2, MAX_SUBSCRIPTIONS_PER_USER: 1 });
  const client = await JsonClient.connect(server, user());
  t.after(() => client.dispose());
  assert.equal(client.welcome.sessionTtlMs, 20_000);
  const outcomes = (await new Rest(server, client.userId).subscribe(user('a'), user('b'))).map((r) => r.outcome);
  assert.deepEqual(outcomes, ['subscribed', 'failed']);
});

test('metrics are for who holds METRICS_TOKEN, where there is one', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t, { METRICS_TOKEN: 'scrape-me-please-0123456789' });
  assertProblem(await get(server, '/metrics'), 401);
  assertProblem(await get(server, '/metrics', { token: 'another' }), 401);
  assertProblem(await get(server, '/metrics', { token: tokenFor(user(), { scope: 'admin' }) }), 401);
  assertProblem(await get(server, '/metrics', { token: 'scrape-me-please-0123456789' }), 501, 'not_yet');
});

test('issuer and audience are checked where they are configured', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t, { AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'rollcall' });
  const id = user('claims');
  const status = async (claims) => (await get(server, `/api/presence/${id}`, { token: tokenFor(id, claims) })).status;
  assert.equal(await status({ iss: 'https://id.example', aud: 'rollcall' }), 200);
  assert.equal(await status({ iss: 'https://id.example', aud: ['other', 'rollcall'] }), 200);
  assert.equal(await status({ iss: 'https://id.example' }), 401);
  assert.equal(await status({ aud: 'rollcall' }), 401);
  assert.equal(await status({ iss: 'https://evil.example', aud: 'rollcall' }), 401);
  assert.equal(await status({ iss: 'https://id.example', aud: 'rollcall2' }), 401);
});

test('a server started twice on the same state knows its people', { timeout: 120_000 }, async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const [id, target] = [user('keeper'), user('target')];
  await new Rest(server, id).subscribe(target);
  await server.running.stop();
  await server.restart();
  assert.equal((await new Rest(server, id).subscribedTo(target)).subscribed, true);
});
