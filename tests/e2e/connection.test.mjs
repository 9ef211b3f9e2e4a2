// How a connection begins: the upgrade, the token on each of its ways, and the choice of the protocol.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { JSON_PROTOCOL, JsonClient } from '../lib/json-client.mjs';
import { assertProblem, request } from '../lib/rest.mjs';
import { RawStomp } from '../lib/raw-stomp.mjs';
import { ownServer, useServer } from '../lib/server.mjs';
import { closeOf, openSocket, tryUpgrade } from '../lib/sockets.mjs';
import { badTokens, tokenFor } from '../lib/token.mjs';
import { within } from '../lib/until.mjs';
import { user, uuidUser } from '../lib/users.mjs';

const ORIGIN = 'https://app.example';
const server = useServer({ ALLOWED_ORIGINS: ORIGIN });

/** RFC 3339 in UTC with milliseconds. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const headersOf = (answer) => ({
  status: answer.status,
  headers: new Headers(Object.entries(answer.headers).filter(([, value]) => typeof value === 'string')),
  text: answer.text,
  body: JSON.parse(answer.text),
});

for (const tokenBy of ['header', 'query', 'subprotocol']) {
  test(`a token given by ${tokenBy} opens a JSON connection, and the welcome says everything`, async (t) => {
    const alice = user('alice');
    const client = await new Cast(t, server).json(alice, { tokenBy });
    const { welcome } = client;
    assert.equal(client.socket.protocol, JSON_PROTOCOL);
    assert.equal(welcome.userId, alice);
    assert.equal(typeof welcome.sessionId, 'string');
    assert.equal(welcome.sessionTtlMs, server.ttlMs);
    assert.ok(welcome.heartbeatMs > 0 && welcome.heartbeatMs < server.ttlMs / 2, `heartbeatMs ${welcome.heartbeatMs}`);
    assert.ok(welcome.resumeToken.length >= 22, '128 random bits are at least 22 characters');
    assert.equal(welcome.resumed, false);
    assert.match(welcome.serverTime, TIME);
  });

  test(`a token given by ${tokenBy} opens a STOMP connection, and CONNECTED carries session and resume-token`, async (t) => {
    const client = await new Cast(t, server).raw(user('sam'), { tokenBy });
    assert.equal(client.socket.protocol, 'v12.stomp');
    assert.equal(client.connected.headers.version, '1.2');
    assert.ok(client.connected.headers.session.length > 0);
    assert.ok(client.connected.headers['resume-token'].length >= 22);
  });
}

test('after the welcome come the people that the user watches', async (t) => {
  // A list goes as soon as all have answered, or after this time with those who have.
  const cast = new Cast(t, await ownServer(t, { COALESCE_MS: '5000' }));
  const [id, friend, stranger] = [user('fan'), user('friend'), user('stranger')];
  await cast.json(friend);
  await cast.rest(id).subscribe(friend, stranger);
  const client = await cast.json(id);
  assert.equal((await client.nextPresence(friend)).status, 'ONLINE');
  assert.equal((await client.nextPresence(stranger)).status, 'OFFLINE');
  const [welcome, presences] = client.frames.map(({ frame }) => frame);
  assert.deepEqual([welcome.type, presences.type], ['welcome', 'presences']);
  assert.deepEqual(presences.presences.map((p) => p.userId).sort(), [friend, stranger].sort());
});

test('a user id in UUID form is the same user in upper and in lower case', async (t) => {
  const cast = new Cast(t, server);
  const id = uuidUser();
  const client = await cast.json(id.toUpperCase());
  assert.equal(client.welcome.userId, id);
  assert.equal((await cast.rest(id).presence()).online, true);
});

test('of the protocols offered the server picks one that was offered', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.rawOpen(user(), { protocols: ['v10.stomp', 'v11.stomp'], version: '1.1' });
  assert.ok(['v10.stomp', 'v11.stomp'].includes(client.socket.protocol));
});

test('GET /ws without an upgrade is 426', async () => {
  // (The header `Upgrade` is a hop's affair: the platform drops the Worker's.)
  assertProblem(await request(server, 'GET', '/ws', { token: tokenFor(user()) }), 426);
});

test('an upgrade by another method than GET is refused', async () => {
  const headers = {
    authorization: `Bearer ${tokenFor(user())}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': JSON_PROTOCOL,
  };
  for (const method of ['HEAD', 'POST']) {
    const asked = http.request(`${server.url}/ws`, { method, headers }).end();
    const [response] = await within(once(asked, 'response'), `an answer to ${method}`);
    response.resume();
    // workerd shows the Worker a GET and refuses the handshake itself, with 400; elsewhere the Worker says 405 or 426.
    assert.ok([400, 405, 426].includes(response.statusCode), `${method}: ${response.statusCode}`);
  }
});

test('an origin that is not allowed is refused with 403, an allowed one and none at all are taken', async (t) => {
  const refused = await tryUpgrade(server, { token: tokenFor(user()), protocols: [JSON_PROTOCOL], origin: 'https://evil.example' });
  assertProblem(headersOf(refused), 403);
  const cast = new Cast(t, server);
  assert.ok((await cast.json(user(), { origin: ORIGIN })).welcome);
  assert.ok((await cast.json(user())).welcome);
});

test('an origin that only begins like an allowed one is refused', async () => {
  for (const origin of [`${ORIGIN}.evil.example`, 'https://app.example:8443', 'http://app.example', 'null']) {
    const refused = await tryUpgrade(server, { token: tokenFor(user()), protocols: [JSON_PROTOCOL], origin });
    assert.equal(refused.status, 403, origin);
  }
});

test('a token as the only subprotocol is refused with subprotocol_required', async () => {
  const refused = await tryUpgrade(server, { token: tokenFor(user()), tokenBy: 'subprotocol', protocols: [] });
  assertProblem(headersOf(refused), 400, 'subprotocol_required');
});

test('no token at all is accepted and closed with 3000, so that a browser can read why', async () => {
  const socket = await openSocket(server, { protocols: [JSON_PROTOCOL] });
  const { code, reason } = await closeOf(socket);
  assert.equal(code, 3000);
  assert.ok(reason.length > 0);
});

for (const [what, token] of Object.entries(badTokens(user('mallory')))) {
  test(`a token ${what} is accepted and closed with 3000`, async () => {
    // A token that is no HTTP header value travels in the query.
    const socket = await openSocket(server, { token, tokenBy: 'query', protocols: [JSON_PROTOCOL] });
    let heard = 0;
    socket.on('message', () => (heard += 1));
    const { code } = await closeOf(socket);
    assert.equal(code, 3000);
    assert.equal(heard, 0, 'nothing is said to who is not known');
  });
}

test('a refused connection makes nobody online', async (t) => {
  const victim = user('victim');
  const socket = await openSocket(server, { token: badTokens(victim)['signed with another secret'], protocols: [JSON_PROTOCOL] });
  await closeOf(socket);
  const presence = await new Cast(t, server).rest(victim).presence();
  assert.deepEqual([presence.online, presence.version], [false, 0]);
});

describe('with no subprotocol offered', () => {
  const open = async (cast, id) => {
    const client = new JsonClient(server, id);
    cast.keep(client);
    const attach = (socket) => {
      socket.on('message', (data) => {
        const { type, ...body } = JSON.parse(`${data}`);
        client.heard(type, body);
      });
      socket.on('close', (code, reason) => client.ended(code, `${reason}`));
    };
    client.socket = await openSocket(server, { token: tokenFor(id), attach });
    return client;
  };

  test('a first frame in JSON makes it a JSON connection', async (t) => {
    const client = await open(new Cast(t, server), user());
    client.sendText('{"type":"heartbeat","id":"first"}');
    assert.equal((await client.next('welcome')).userId, client.userId);
    assert.ok(await client.next('ok', { id: 'first' }));
  });

  for (const command of ['CONNECT', 'STOMP']) {
    test(`a first frame ${command} makes it a STOMP connection`, async (t) => {
      const cast = new Cast(t, server);
      const id = user();
      const socket = await openSocket(server, { token: tokenFor(id) });
      const client = cast.keep(new RawStomp(socket, '1.2', id));
      const connected = await client.connect({}, command);
      assert.equal(connected.headers.version, '1.2');
    });
  }

  test('a first frame that is neither is a protocol error', async (t) => {
    const client = await open(new Cast(t, server), user());
    client.socket.removeAllListeners('message');
    client.sendText('hello?');
    // At once, not when the time for the first frame is over.
    assert.equal((await client.whenClosed(5000)).code, 4000);
  });
});

describe('a socket that never says its first frame', { concurrency: true }, () => {
  const silent = async (options) => {
    const opened = Date.now();
    const socket = await openSocket(server, { token: tokenFor(user()), ...options });
    const { code, at } = await closeOf(socket, 30_000);
    assert.equal(code, 4000);
    assert.ok(at - opened >= 9_900, `closed after ${at - opened} ms, before the 10 s were over`);
    assert.ok(at - opened <= 25_000, `closed only after ${at - opened} ms`);
  };

  test('is closed with 4000 after 10 s when STOMP was agreed', () => silent({ protocols: ['v12.stomp'] }));
  test('is closed with 4000 after 10 s when nothing was agreed', () => silent({}));

  test('is no session, and nobody sees its user online', async (t) => {
    const cast = new Cast(t, server);
    const id = user('mute');
    await cast.rawOpen(id);
    assert.equal((await cast.rest(id).presence()).online, false);
    assert.deepEqual(await cast.rest(id).sessions(), []);
  });
});
