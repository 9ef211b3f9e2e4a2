// What must not be possible: internal routes from outside, another's name on a request, secrets in the log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { JSON_PROTOCOL } from '../lib/json-client.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { openSocket } from '../lib/sockets.mjs';
import { tokenFor } from '../lib/token.mjs';
import { user } from '../lib/users.mjs';

const server = useServer();

/** Headers by which a hub or a Worker might be told who is asking: none may count from outside. */
const spoofed = (id) => ({
  'x-rollcall-user': id,
  'x-rollcall-user-id': id,
  'x-rollcall-hub': id,
  'x-rollcall-call': 'notify',
  'x-rollcall-internal': '1',
  'x-rollcall-scope': 'admin',
  'x-rollcall-scopes': 'admin service',
  'x-rollcall-sub': id,
  'x-rollcall-token-exp': '9999999999999',
  'x-rollcall-session': id,
  'x-rollcall-claims': JSON.stringify({ sub: id, scope: 'admin' }),
  'x-user-id': id,
});

test('internal routes are not reachable from outside', async () => {
  const id = user('target');
  const names = ['call', 'internal', 'watch', 'unwatch', 'notify', 'deliver', 'presence', 'sweep', 'connect', 'input', 'rpc', 'hub', 'register', 'alarm', 'socket'];
  const prefixes = ['/', '/internal/', '/hub/', '/_/', '/call/', `/hub/${id}/`, `/internal/${id}/`, '/directory/'];
  const body = { userId: id, subscriber: user('x'), generation: 1, version: 99, presence: { online: true } };
  for (const path of prefixes.flatMap((prefix) => names.map((name) => prefix + name))) {
    const answer = await request(server, 'POST', path, { token: tokenFor(user('outside')), body, headers: spoofed(id) });
    assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status} ${answer.text}`);
  }
});

test('headers that name somebody else are ignored over REST', async (t) => {
  const cast = new Cast(t, server);
  const victim = await cast.json(user('victim'));
  const outsider = cast.rest(user('outsider'));
  const headers = spoofed(victim.userId);
  await outsider.refused('GET', `/api/subscriptions/presence/${victim.userId}`, 403, undefined, { headers });
  await outsider.refused('PUT', `/api/presence/${victim.userId}/status`, 403, undefined, { headers, body: { status: 'BUSY' } });
  const bare = await request(server, 'GET', `/api/presence/${victim.userId}`, { headers });
  assert.equal(bare.status, 401);
  const subscribed = await outsider.send('POST', '/api/subscriptions/presence/subscribe', { headers, body: { targetUserId: user() } });
  assert.equal(subscribed.body.subscriberId, outsider.userId);
  assert.equal((await cast.rest(victim.userId).subscriptions()).count, 0);
});

test('headers that name somebody else are ignored at the socket', async (t) => {
  const cast = new Cast(t, server);
  const victim = await cast.json(user('victim'));
  const client = await cast.json(user('outsider'), { headers: spoofed(victim.userId) });
  assert.equal(client.welcome.userId, client.userId);
  assert.equal((await cast.rest(victim.userId).sessions()).length, 1);
  const nobody = await openSocket(server, { protocols: [JSON_PROTOCOL], headers: spoofed(victim.userId) });
  assert.equal((await nobody.gone).code, 3000);
});

test('a message, a typing indicator and a subscription cannot be in the name of somebody else', async (t) => {
  const cast = new Cast(t, server);
  const [victim, reader] = [await cast.json(user('victim')), await cast.json(user('reader'))];
  for (const kind of ['json', 'stompjs']) {
    const mallory = await cast.connect(kind, user('mallory'));
    const forged = { from: victim.userId, userId: victim.userId, sub: victim.userId };
    await mallory.command('message.send', { to: reader.userId, content: 'x', ...forged });
    assert.equal((await reader.next('message')).from, mallory.userId);
    await mallory.command('typing', { to: reader.userId, typing: true, ...forged });
    assert.equal((await reader.next('typing')).from, mallory.userId);
    await mallory.command('presence.subscribe', { targetUserId: reader.userId, subscriberId: victim.userId, ...forged });
  }
  assert.equal((await cast.rest(victim.userId).subscriptions()).count, 0);
});

test('the queues of somebody else cannot be subscribed', async (t) => {
  const cast = new Cast(t, server);
  const victim = await cast.json(user('victim'));
  for (const destination of [`/user/${victim.userId}/queue/messages`, `/user/queue/messages/${victim.userId}`, `/queue/messages-user${victim.userId}`]) {
    const mallory = await cast.raw(user('mallory'));
    await mallory.subscribe('e', '/user/queue/errors');
    mallory.send('SUBSCRIBE', { id: 's', destination });
    await Promise.race([mallory.message('e'), mallory.next('ERROR')]);
  }
});

test('a STOMP header with line ends cannot smuggle a frame to the receiver', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.raw(user('me'));
  await client.subscribe('r', '/user/queue/replies');
  const evil = 'x\n\nERROR\nmessage:gotcha\n\n\0';
  client.sendText(frame('SEND', { destination: '/app/heartbeat', 'correlation-id': evil.replace('\0', '') }, ''));
  assert.equal((await client.message('r')).headers['correlation-id'], evil.replace('\0', ''));
  await client.withReceipt('SEND', { destination: '/app/heartbeat' }, '');
  assert.deepEqual(client.inbox.since(0, (e) => e.kind === 'ERROR'), []);
});

test('prototype names and odd keys are nothing special', async (t) => {
  const cast = new Cast(t, server);
  for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const presence = await cast.rest(user('me')).presence(id);
    assert.deepEqual([presence.userId, presence.online], [id, false]);
  }
  const answer = await cast.rest(user('me')).send('POST', '/api/presence/query', { raw: '{"__proto__":{"x":1},"userIds":["constructor"]}' });
  assert.equal(answer.status, 200);
});

test('no token, no resume token and no content of a message is in the log', async (t) => {
  const cast = new Cast(t, server);
  const id = user('secretive');
  const token = tokenFor(id);
  const client = await cast.json(id, { token, tokenBy: 'query' });
  const stomp = await cast.stomp(id, { token, tokenBy: 'subprotocol' });
  await client.command('message.send', { to: id, content: 'a-very-private-word' });
  await stomp.next('message');
  await cast.rest(id).sessions();
  await client.terminate();
  await cast.resume(client, { token, tokenBy: 'query' });
  const logs = server.logs();
  assert.ok(logs.length > 0, 'there is a log to look at');
  for (const secret of [token, token.split('.')[2], client.welcome.resumeToken, 'a-very-private-word']) {
    assert.ok(!logs.includes(secret), `the log holds ${secret.slice(0, 12)}…`);
  }
});
