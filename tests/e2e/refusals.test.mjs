// Every refusal of the REST interface, and of SUBSCRIBE: its status, its code, its problem details, and that the object serves on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { Rest, assertProblem, request } from '../lib/rest.mjs';
import { ownServer, useServer } from '../lib/server.mjs';
import { badTokens, keyPair, tokenFor } from '../lib/token.mjs';
import { user, users } from '../lib/users.mjs';

const ORIGIN = 'https://app.example';
const server = useServer({ ALLOWED_ORIGINS: ORIGIN });
const SUBSCRIBE = '/api/subscriptions/presence/subscribe';
const UNSUBSCRIBE = '/api/subscriptions/presence/unsubscribe';
const QUERY = '/api/presence/query';

/** A user whose object must serve on after whatever was refused. */
const me = user('me');
const rest = () => new Rest(server, me);
const servesOn = async () => assert.equal((await rest().presence()).userId, me);

describe('who one is', () => {
  test('no token is 401 with WWW-Authenticate', async () => {
    for (const [method, path] of [['GET', `/api/presence/${me}`], ['POST', SUBSCRIBE], ['PUT', `/api/presence/${me}/status`]]) {
      const answer = await request(server, method, path, method === 'GET' ? {} : { body: {} });
      assertProblem(answer, 401);
      assert.match(answer.headers.get('www-authenticate'), /^Bearer/i);
    }
  });

  for (const [what, token] of Object.entries(badTokens(me))) {
    test(`a token ${what} is 401`, async () => {
      const answer = await request(server, 'GET', `/api/presence/${me}`, { token });
      assertProblem(answer, 401);
      assert.match(answer.headers.get('www-authenticate'), /^Bearer/i);
      await servesOn();
    });
  }

  test('a token of another algorithm under a key of one’s own is 401', async () => {
    for (const alg of ['ES256', 'RS256']) {
      const { privateKey } = keyPair(alg);
      const token = tokenFor(me, {}, { alg, key: privateKey });
      assertProblem(await request(server, 'GET', `/api/presence/${me}`, { token }), 401);
    }
  });

  test('another scheme than Bearer is 401, and a token in the query does not count for REST', async () => {
    const basic = await request(server, 'GET', `/api/presence/${me}`, { headers: { authorization: 'Basic bWU6bWU=' } });
    assertProblem(basic, 401);
    assertProblem(await request(server, 'GET', `/api/presence/${me}?access_token=${tokenFor(me)}`), 401);
  });

  test('a token within the leeway of 30 s is still good', async () => {
    const answer = await request(server, 'GET', `/api/presence/${me}`, { token: tokenFor(me, { exp: Math.floor(Date.now() / 1000) - 10 }) });
    assert.equal(answer.status, 200, answer.text);
  });

  test('what belongs to somebody else is 403', async () => {
    const other = user('other');
    const foreign = [
      ['GET', `/api/subscriptions/presence/${other}`],
      ['GET', `/api/subscriptions/presence/${other}/subscribers`],
      ['GET', `/api/subscriptions/presence/${other}/subscribed-to/${me}`],
      ['GET', `/api/subscriptions/websocket/${other}/sessions`],
      ['PUT', `/api/presence/${other}/status`, { status: 'BUSY' }],
      ['POST', SUBSCRIBE, { subscriberId: other, targetUserId: me }],
      ['POST', UNSUBSCRIBE, { subscriberId: other, targetUserId: me }],
      ['POST', '/api/subscriptions/cleanup', {}],
      ['GET', '/api/online'],
      ['GET', `/api/events/dead-letters?userId=${other}`],
      ['POST', '/api/events/dead-letters/replay', {}],
      ['GET', `/dev/hub/${other}/stats`],
    ];
    for (const [method, path, body] of foreign) await rest().refused(method, path, 403, 'forbidden', { body });
    await servesOn();
  });
});

describe('what is asked', () => {
  const BODIES = [[SUBSCRIBE, 'POST'], [UNSUBSCRIBE, 'POST'], [QUERY, 'POST'], [`/api/presence/${me}/status`, 'PUT']];

  for (const [path, method] of BODIES) {
    test(`${method} ${path.replace(me, '{userId}')}: JSON that is none is 400`, async () => {
      for (const raw of ['', '{', '{"targetUserId":', 'nope', '\u0000', '{"a":1}trailing']) {
        await rest().refused(method, path, 400, undefined, { raw });
      }
      await servesOn();
    });

    test(`${method} ${path.replace(me, '{userId}')}: JSON of the wrong shape is 422`, async () => {
      for (const body of [[], 7, 'text', null, {}, true]) {
        await rest().refused(method, path, 422, undefined, { body });
      }
      await servesOn();
    });

    test(`${method} ${path.replace(me, '{userId}')}: another media type is 415`, async () => {
      for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
        await rest().refused(method, path, 415, undefined, { raw: '{}', type });
      }
    });
  }

  test('wrong types are 422, and the problem points at them', async () => {
    const wrong = [
      [SUBSCRIBE, { targetUserId: 5 }],
      [SUBSCRIBE, { targetUserIds: 'alice' }],
      [SUBSCRIBE, { targetUserIds: [1, 2] }],
      [SUBSCRIBE, { targetUserIds: [null] }],
      [UNSUBSCRIBE, { targetUserIds: { a: 1 } }],
      [QUERY, { userIds: 'alice' }],
      [QUERY, { userIds: [{}] }],
      [QUERY, { userIds: [me], consistency: 'eventual-ish' }],
    ];
    for (const [path, body] of wrong) {
      const problem = await rest().refused('POST', path, 422, undefined, { body });
      assert.ok(problem.errors?.length > 0 || problem.detail.length > 0, JSON.stringify(problem));
    }
    await servesOn();
  });

  test('a JSON media type with a charset or a suffix is taken', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON']) {
      const answer = await rest().send('POST', QUERY, { raw: JSON.stringify({ userIds: [me] }), type });
      assert.equal(answer.status, 200, `${type}: ${answer.text}`);
    }
  });

  test('501 targets and 1001 users are 422', async () => {
    await rest().refused('POST', SUBSCRIBE, 422, undefined, { body: { targetUserIds: users(501) } });
    await rest().refused('POST', UNSUBSCRIBE, 422, undefined, { body: { targetUserIds: users(501) } });
    await rest().refused('POST', QUERY, 422, undefined, { body: { userIds: users(1001) } });
    await servesOn();
  });

  test('a body of 70 KB is 413 where 64 KiB are allowed, and 300 KB everywhere', async () => {
    const pad = (kilobytes) => JSON.stringify({ status: 'BUSY', userIds: [me], targetUserIds: [], pad: 'x'.repeat(kilobytes * 1000) });
    await rest().refused('PUT', `/api/presence/${me}/status`, 413, undefined, { raw: pad(70) });
    for (const path of [SUBSCRIBE, UNSUBSCRIBE, QUERY]) await rest().refused('POST', path, 413, undefined, { raw: pad(300) });
    const allowed = await rest().send('POST', QUERY, { raw: pad(70) });
    assert.equal(allowed.status, 200, allowed.text);
    await servesOn();
  });

  test('a body of 300 KB without a content-length is 413 too', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(1000));
    let left = 300;
    const stream = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });
    const answer = await fetch(new URL(QUERY, server.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenFor(me)}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
      signal: AbortSignal.timeout(20_000),
    });
    assert.equal(answer.status, 413);
    await answer.text();
    await servesOn();
  });

  test('an id that is none is 400 invalid_user_id in a path', async () => {
    const bad = ['a b', 'a:b', 'a*b', '{a}', 'a\tb', 'é', 'x'.repeat(129), 'a,b', 'a"b', 'a%'];
    for (const id of bad.map(encodeURIComponent)) {
      await rest().refused('GET', `/api/presence/${id}`, 400, 'invalid_user_id');
    }
    const admin = new Rest(server, user('boss'), { scope: 'admin' });
    await admin.refused('GET', `/api/subscriptions/presence/${encodeURIComponent('a b')}`, 400, 'invalid_user_id');
    await admin.refused('GET', `/api/subscriptions/presence/${encodeURIComponent('a b')}/subscribers`, 400, 'invalid_user_id');
    await admin.refused('GET', `/dev/hub/${encodeURIComponent('a b')}/stats`, 400, 'invalid_user_id');
    await admin.refused('PUT', `/api/presence/${encodeURIComponent('a b')}/status`, 400, 'invalid_user_id', { body: { status: 'BUSY' } });
    await admin.refused('GET', `/api/subscriptions/presence/${me}/subscribed-to/${encodeURIComponent('a:b')}`, 400, 'invalid_user_id');
    await admin.refused('GET', `/api/subscriptions/websocket/${encodeURIComponent('a*b')}/sessions`, 400, 'invalid_user_id');
    await servesOn();
  });

  test('a session id that is none is 400 invalid_session_id', async () => {
    for (const method of ['GET', 'DELETE']) {
      await rest().refused(method, '/api/subscriptions/websocket/session/nonsense', 400, 'invalid_session_id');
    }
  });

  test('an id with broken escapes, a slash or dots is refused, and never a 5xx', async () => {
    for (const id of ['%', '%zz', '%ff%fe', 'a%2Fb', '%2e%2e', '%2e', '%00', 'a%0Ab']) {
      const answer = await rest().send('GET', `/api/presence/${id}`);
      assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status} ${answer.text}`);
      assertProblem(answer, answer.status);
    }
    await servesOn();
  });

  test('a bad id alone in a body is 400, in a list it fails alone', async () => {
    await rest().refused('POST', SUBSCRIBE, 400, 'invalid_user_id', { body: { targetUserId: 'a b' } });
    const { results } = await rest().post(SUBSCRIBE, { targetUserIds: ['a b'] });
    assert.deepEqual(results.map((r) => r.outcome), ['failed']);
  });
});

describe('where and how it is asked', () => {
  test('an unknown path is 404', async () => {
    for (const path of ['/api', '/api/', '/api/nothing', '/nothing', '/api/presence', `/api/presence/${me}/nothing`, '/dev/nothing']) {
      assertProblem(await rest().send('GET', path), 404);
    }
  });

  test('a method that a path does not have is 405 with Allow', async () => {
    const wrong = [
      ['DELETE', `/api/presence/${me}`, 'GET'],
      ['POST', `/api/presence/${me}/status`, 'PUT'],
      ['GET', SUBSCRIBE, 'POST'],
      ['PUT', `/api/subscriptions/websocket/${me}/sessions`, 'GET'],
      ['POST', '/health/live', 'GET'],
      ['POST', '/ws', 'GET'],
    ];
    for (const [method, path, allowed] of wrong) {
      const answer = await rest().send(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
      assertProblem(answer, 405);
      assert.match(answer.headers.get('allow') ?? '', new RegExp(allowed), `${method} ${path}`);
    }
    await servesOn();
  });

  test('what is not built yet says 501 not_yet', async () => {
    const admin = new Rest(server, user('boss'), { scope: 'admin' });
    assertProblem(await admin.send('GET', '/metrics'), 501, 'not_yet');
  });

  test('the caller’s request id comes back if it is valid, else one is made', async () => {
    const kept = await rest().send('GET', `/api/presence/${me}`, { headers: { 'x-request-id': 'trace-42.a_b' } });
    assert.equal(kept.headers.get('x-request-id'), 'trace-42.a_b');
    for (const id of ['a b c', '<script>', 'x'.repeat(1000)]) {
      const made = await rest().send('GET', `/api/presence/${me}`, { headers: { 'x-request-id': id } });
      assert.notEqual(made.headers.get('x-request-id'), id);
    }
  });

  test('HEAD answers as GET does, without a body', async () => {
    for (const path of ['/health/live', `/api/presence/${me}`]) {
      const answer = await rest().send('HEAD', path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.text, '');
    }
  });

  test('HEAD /ws is 426 as GET is, and opens nothing', async () => {
    const answer = await rest().send('HEAD', '/ws');
    assert.equal(answer.status, 426);
    assert.equal(answer.text, '');
    assert.deepEqual(await rest().sessions(), []);
  });

  test('CORS: a preflight of an allowed origin is answered, another origin is allowed nothing', async () => {
    const preflight = (origin) =>
      request(server, 'OPTIONS', SUBSCRIBE, {
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      });
    const good = await preflight(ORIGIN);
    assert.ok([200, 204].includes(good.status), `${good.status}`);
    assert.equal(good.headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(good.headers.get('access-control-allow-methods'), /POST/);
    assert.match(good.headers.get('access-control-allow-headers'), /authorization/i);
    assert.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null);
  });

  test('CORS: answers and refusals alike can be read by an allowed origin', async () => {
    const good = await rest().send('GET', `/api/presence/${me}`, { headers: { origin: ORIGIN } });
    assert.equal(good.headers.get('access-control-allow-origin'), ORIGIN);
    const refused = await request(server, 'GET', `/api/presence/${me}`, { headers: { origin: ORIGIN } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), ORIGIN);
    const foreign = await rest().send('GET', `/api/presence/${me}`, { headers: { origin: 'https://evil.example' } });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  });
});

test('a SUBSCRIBE over STOMP that is refused is refused again, with no receipt, until there is room', async (t) => {
  const full = await ownServer(t, { MAX_SUBSCRIPTIONS_PER_USER: '1' });
  const client = await new Cast(t, full).raw(user('full'));
  const [first, second] = [user('first'), user('second')].map((id) => `/topic/presence.${id}`);
  await client.subscribe('errors', '/user/queue/errors');
  await client.subscribe('first', first);
  for (const receipt of ['once', 'again']) {
    client.send('SUBSCRIBE', { id: 'second', destination: second, receipt });
    assert.equal((await client.message('errors')).json.code, 'too_many_subscriptions', receipt);
  }
  await client.subscribe('second', '/user/queue/typing'); // The id is free: what was refused is no subscription.
  await client.withReceipt('UNSUBSCRIBE', { id: 'first' });
  await client.subscribe('third', second);
  assert.equal((await client.message('third')).json.online, false);
  const receipts = client.inbox.since(0, (entry) => entry.kind === 'RECEIPT').map(({ body }) => body.headers['receipt-id']);
  assert.ok(!receipts.includes('once') && !receipts.includes('again'), `${receipts}`);
});

test('after all of that the same object serves on', servesOn);
