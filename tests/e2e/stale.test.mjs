// X1: connections that are no longer what they seem. Whatever a client does to its socket, its user's object serves on
// and nobody is told anything wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '3', OFFLINE_GRACE: '1' });

const offline = (cast, id) =>
  until(`${id} to be offline`, async () => !(await cast.rest(id).presence()).online, { timeout: server.ttlMs + 15_000 });

test('what is sent after DISCONNECT is not read', async (t) => {
  const cast = new Cast(t, server);
  const reader = await cast.json(user('reader'));
  const client = await cast.raw(user('talker'));
  const say = (content) => frame('SEND', { destination: '/app/message.send' }, JSON.stringify({ to: reader.userId, content }));
  client.sendText(say('before') + frame('DISCONNECT', { receipt: 'bye' }) + say('after'));
  await client.next('RECEIPT', (f) => f.headers['receipt-id'] === 'bye');
  client.sendText(say('long after'));
  assert.equal((await client.whenClosed()).code, 1000);
  assert.equal((await reader.next('message')).content, 'before');
  const marker = await cast.json(user('marker'));
  await marker.command('message.send', { to: reader.userId, content: 'marker' });
  assert.equal((await reader.next('message')).content, 'marker');
});

test('what is sent after leave is not read', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('talker'));
  client.sendText('{"type":"leave"}');
  client.sendText('{"type":"online-status","status":"BUSY"}');
  client.sendText('{"type":"leave"}');
  assert.equal((await client.whenClosed()).code, 1000);
  await cast.json(client.userId);
  assert.equal((await cast.rest(client.userId).presence()).status, 'ONLINE');
});

test('both sides closing at once is one departure', async (t) => {
  const cast = new Cast(t, server);
  for (let round = 0; round < 5; round += 1) {
    const client = await cast.json(user('both'));
    const [, close] = await Promise.all([cast.rest(client.userId).revoke(client.sessionId), client.close(1000, 'bye')]);
    assert.ok([1000, 1005, 4003].includes(close.code), `${close.code}`);
    await offline(cast, client.userId);
    assert.deepEqual(await cast.rest(client.userId).sessions(), []);
  }
});

test('revoking twice is once: the second finds no session', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('twice'));
  const path = `/api/subscriptions/websocket/session/${client.sessionId}`;
  const answers = await Promise.all([cast.rest(client.userId).send('DELETE', path), cast.rest(client.userId).send('DELETE', path)]);
  assert.deepEqual(answers.map((a) => a.status).sort(), [204, 404]);
  assert.equal((await client.whenClosed()).code, 4003);
});

test('every kind of close of a client is answered, and none keeps its user online', async (t) => {
  const cast = new Cast(t, server);
  const closes = [[], [1000], [1000, 'ünï'], [3001, 'own code'], [4999, 'x'.repeat(100)]];
  for (const args of closes) {
    const client = await cast.json(user('closer'));
    await client.close(...args);
    await offline(cast, client.userId);
  }
});

test('a message to a half-open socket harms nobody, and the rest is delivered', async (t) => {
  const cast = new Cast(t, server);
  const id = user('reader');
  const [stuck, good] = [await cast.json(id), await cast.json(id)];
  const sender = await cast.json(user('sender'));
  stuck.goHalfOpen();
  for (let n = 0; n < 20; n += 1) {
    const { deliveredTo } = await sender.command('message.send', { to: id, content: { n, pad: 'x'.repeat(10_000) } });
    assert.ok(deliveredTo[0].sessions >= 1);
    await good.next('message', (m) => m.content.n === n);
  }
});

test('a storm of short connections leaves nothing behind', { timeout: 60_000 }, async (t) => {
  const cast = new Cast(t, server);
  const id = user('flicker');
  const anchor = await cast.json(id);
  for (let round = 0; round < 5; round += 1) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => cast.json(id)));
    await Promise.all(clients.map((client, n) => (n % 2 ? client.terminate() : client.close())));
  }
  await anchor.leave();
  await offline(cast, id);
  assert.deepEqual(await cast.rest(id).sessions(), []);
  const { version } = await cast.rest(user('other')).presence(id);
  assert.equal(version, 2, 'one coming and one going');
});
