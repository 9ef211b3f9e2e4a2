// The JavaScript client against a scripted server: what it does when things go wrong. Needs no browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { RollcallClient } from '../../web/assets/client.js';
import { until } from '../lib/until.mjs';

// Older versions of Node have no WebSocket of their own. This one's errors end the process if nobody listens, unlike a browser's.
globalThis.WebSocket ??= class extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    this.on('error', () => {});
  }
};

const BACKOFF = { baseMs: 5, capMs: 20 };
const FINAL = [1000, 1009, 3003, 4000, 4002, 4003, 4004];

/** A server that notes each connection, and a client of it that is not yet connected. */
async function pair(t, { heartbeatMs = 60_000, answerBeats = true, token = () => 'token', greet = true } = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'rollcall.v1.json' });
  await once(server, 'listening');
  const connections = [];
  server.on('connection', (socket, request) => {
    const connection = { socket, query: new URL(request.url, 'ws://x').searchParams, offered: request.headers['sec-websocket-protocol'].split(/, */), frames: [] };
    connections.push(connection);
    const tell = (event) => socket.send(JSON.stringify(event));
    connection.tell = tell;
    socket.on('message', (data) => {
      connection.frames.push(`${data}`);
      if (`${data}` === '\n' && answerBeats) socket.send('\n');
    });
    if (greet) tell({ type: 'welcome', sessionId: `s${connections.length}`, userId: 'ann', sessionTtlMs: 60_000, heartbeatMs, resumeToken: `r${connections.length}`, resumed: connection.query.has('resume'), serverTime: new Date().toISOString() });
  });
  const client = new RollcallClient({ url: `ws://127.0.0.1:${server.address().port}/ws`, token, device: { type: 'tv', name: 'Wall' }, backoff: BACKOFF });
  const events = [];
  for (const type of ['state', 'presence', 'message', 'typing', 'close']) client.addEventListener(type, ({ detail }) => events.push({ kind: type, ...detail }));
  t.after(() => {
    client.leave();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { client, connections, events };
}

const live = (client) => until('the client is live', () => client.state === 'live', { every: 5 });
const connected = (connections, count) => until(`${count} connections`, () => connections.length === count, { every: 5 });

test('the token travels as a subprotocol and never in the URL', async (t) => {
  const { client, connections } = await pair(t);
  client.connect();
  await live(client);
  assert.deepEqual(connections[0].offered, ['rollcall.v1.json', 'bearer.token']);
  assert.deepEqual(Object.fromEntries(connections[0].query), { deviceType: 'tv', deviceName: 'Wall' });
});

for (const code of [1001, 1012, 4001, 4029]) {
  test(`a socket closed with ${code} is opened again with the resume token`, async (t) => {
    const { client, connections } = await pair(t);
    client.connect();
    await live(client);
    connections[0].socket.close(code, 'retryAfterMs=1');
    await connected(connections, 2);
    assert.equal(connections[1].query.get('resume'), 'r1');
    await live(client);
  });
}

test('a socket lost without a close frame is opened again', async (t) => {
  const { client, connections } = await pair(t);
  client.connect();
  await live(client);
  connections[0].socket.terminate();
  await connected(connections, 2);
});

for (const code of FINAL) {
  test(`a socket closed with ${code} stays closed`, async (t) => {
    const { client, connections, events } = await pair(t);
    client.connect();
    await live(client);
    connections[0].socket.close(code, 'final');
    await until('the client has ended', () => client.state === 'ended', { every: 5 });
    assert.equal(events.at(-1).code, code);
    assert.ok(events.every(({ state }) => state !== 'waiting'), 'no retry was planned');
  });
}

test('a refused token is replaced by a fresh one', async (t) => {
  const asked = [];
  const { client, connections } = await pair(t, { token: (fresh) => `token${asked.push(fresh)}` });
  client.connect();
  await live(client);
  connections[0].socket.close(3000, 'unauthorized');
  await connected(connections, 2);
  assert.deepEqual(asked, [false, true]);
  assert.equal(connections[1].offered[1], 'bearer.token2');
});

test('a token that cannot be had is asked for again later', async (t) => {
  let failures = 2;
  const { client } = await pair(t, { token: () => (failures-- > 0 ? Promise.reject(new Error('no network')) : 'token') });
  client.connect();
  await live(client);
});

test('a drop while the token is fetched opens no socket', async (t) => {
  let give;
  const { client, connections } = await pair(t, { token: () => new Promise((resolve) => { give = resolve; }) });
  client.connect();
  client.dropNetwork();
  give('late');
  client.connect();
  give('token');
  await live(client);
  assert.deepEqual(connections.map(({ offered }) => offered[1]), ['bearer.token']);
});

test('what is older than the known version, and a repeated message, never reach the application', async (t) => {
  const { client, connections, events } = await pair(t);
  client.connect();
  await live(client);
  const presence = (version) => ({ userId: 'bob', version, status: 'ONLINE' });
  for (const version of [3, 2, 3]) connections[0].tell({ type: 'presence', ...presence(version) });
  connections[0].tell({ type: 'presences', presences: [presence(1), presence(4)] });
  for (const messageId of ['m1', 'm1', 'm2']) connections[0].tell({ type: 'message', messageId });
  connections[0].tell({ type: 'typing', from: 'marker' });
  await until('the marker', () => events.find(({ from }) => from === 'marker'), { every: 5 });
  assert.deepEqual(events.filter(({ kind }) => kind === 'presence').map(({ version }) => version), [3, 4]);
  assert.deepEqual(events.filter(({ kind }) => kind === 'message').map(({ messageId }) => messageId), ['m1', 'm2']);
});

test('a beat that is not answered ends a half-open connection', async (t) => {
  const { client, connections } = await pair(t, { heartbeatMs: 30, answerBeats: false });
  client.connect();
  await connected(connections, 2);
  assert.ok(connections[0].frames.includes('\n'), 'it did beat');
});

test('beats that are answered keep the connection', async (t) => {
  const { client, connections } = await pair(t, { heartbeatMs: 30 });
  client.connect();
  await until('ten beats', () => connections[0]?.frames.filter((frame) => frame === '\n').length >= 10, { every: 5 });
  assert.equal(connections.length, 1);
});

test('a command gets the answer with its own id, a refusal as an error with its code', async (t) => {
  const { client, connections } = await pair(t);
  client.connect();
  await live(client);
  const answers = [client.query(['bob']), client.setStatus('BUSY')];
  const [query, status] = await until('both commands', () => connections[0].frames.length === 2 && connections[0].frames.map((frame) => JSON.parse(frame)), { every: 5 });
  connections[0].tell({ type: 'error', id: status.id, code: 'invalid_status', detail: 'no' });
  connections[0].tell({ type: 'ok', id: query.id, presences: [] });
  assert.deepEqual((await answers[0]).presences, []);
  await assert.rejects(answers[1], { name: 'CommandError', code: 'invalid_status', message: 'no' });
});

test('a refusal that answers no command is an event', async (t) => {
  const { client, connections } = await pair(t);
  client.connect();
  await live(client);
  const refused = once(client, 'refused');
  connections[0].tell({ type: 'error', code: 'forbidden', detail: 'no longer', targetUserId: 'bob' });
  const [{ detail }] = await refused;
  assert.deepEqual([detail.code, detail.targetUserId], ['forbidden', 'bob']);
});

test('a command whose connection is lost fails, and so does one without a connection', async (t) => {
  const { client, connections } = await pair(t);
  await assert.rejects(client.query(['bob']), { code: 'not_connected' });
  client.connect();
  await live(client);
  const answer = client.query(['bob']);
  connections[0].socket.terminate();
  await assert.rejects(answer, { code: 'not_connected' });
});

test('silence sends nothing and hears nothing, and waking resumes', async (t) => {
  const { client, connections, events } = await pair(t, { heartbeatMs: 20 });
  client.connect();
  await until('a beat', () => connections[0]?.frames.length > 0, { every: 5 });
  client.goSilent();
  connections[0].tell({ type: 'typing', from: 'unheard' });
  const beats = connections[0].frames.length;
  client.wake();
  await connected(connections, 2);
  await live(client);
  connections[1].tell({ type: 'typing', from: 'heard' });
  await until('the marker', () => events.find(({ from }) => from === 'heard'), { every: 5 });
  assert.ok(connections[0].frames.length <= beats + 1, 'at most a beat that was on its way');
  assert.ok(!events.some(({ from }) => from === 'unheard'));
  assert.equal(connections[1].query.get('resume'), 'r1');
});

test('a silent client that the server expires does not come back by itself', async (t) => {
  const { client, connections, events } = await pair(t);
  client.connect();
  await live(client);
  client.goSilent();
  connections[0].socket.close(4001, 'session expired');
  await until('the end', () => client.state === 'ended', { every: 5 });
  assert.deepEqual([events.at(-1).code, connections.length], [4001, 1]);
});

test('leaving says so, and the next connect begins a new session', async (t) => {
  const { client, connections } = await pair(t);
  client.connect();
  await live(client);
  client.leave();
  await until('the goodbye', () => connections[0].frames.includes('{"type":"leave"}'), { every: 5 });
  client.connect();
  await connected(connections, 2);
  assert.equal(connections[1].query.get('resume'), null);
});
