// Sessions: their devices, their end by silence, by revocation and by the expiry of a token.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { seconds, tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '3', OFFLINE_GRACE: '1' });
const SLACK_MS = 15_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Subscribes and awaits the first presence. */
async function watch(watcher, target) {
  await watcher.command('presence.subscribe', { targetUserId: target });
  return watcher.nextPresence(target);
}

describe('S1: expiry', { concurrency: true }, () => {
  test('a silent socket is closed with 4001 at its TTL, its session is gone and its watcher told', async (t) => {
    const cast = new Cast(t, server);
    const watcher = await cast.json(user('watcher'));
    const began = Date.now();
    const silent = await cast.json(user('silent'), { beat: false });
    await watch(watcher, silent.userId);
    assert.equal((await silent.whenClosed(server.ttlMs + SLACK_MS)).code, 4001);
    // Its socket may wait for the other end to close it: what watchers hear has the better time.
    const { at, body } = await watcher.nextPresenceEntry(silent.userId, { online: false });
    assert.equal(body.status, 'OFFLINE');
    assert.ok(at - began >= server.ttlMs - 50, `told after ${at - began} ms`);
    t.diagnostic(`told ${at - began} ms after it began to connect, TTL ${server.ttlMs} ms`);
    const own = cast.rest(silent.userId);
    await own.refused('GET', `/api/subscriptions/websocket/session/${silent.sessionId}`, 404, 'session_not_found');
    assert.deepEqual(await own.sessions(), []);
  });

  test('any frame keeps a session, also without beats', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('talker'), { beat: false });
    const end = Date.now() + 2.5 * server.ttlMs;
    await until('two and a half TTLs of frames', async () => {
      await client.command('heartbeat');
      return Date.now() >= end;
    }, { every: server.ttlMs / 4, timeout: 30_000 });
    assert.deepEqual((await cast.rest(client.userId).sessions()).map((s) => s.sessionId), [client.sessionId]);
  });

  test('a session cannot be resumed after its deadline: a new one begins, without an error', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('late'));
    await client.terminate();
    await until('the session to end', async () => (await cast.rest(client.userId).sessions()).length === 0);
    const back = await cast.resume(client);
    assert.equal(back.welcome.resumed, false);
    assert.notEqual(back.sessionId, client.sessionId);
  });
});

test('S2: of two devices one leaves, and the user stays online', async (t) => {
  const cast = new Cast(t, server);
  const id = user('duo');
  const watcher = await cast.json(user('watcher'));
  const laptop = await cast.json(id, { query: { deviceType: 'desktop' } });
  const phone = await cast.json(id, { query: { deviceType: 'mobile' } });
  await watch(watcher, id);
  const mark = watcher.inbox.mark();
  await phone.leave();
  const left = await watcher.nextPresence(id, (p) => p.devices.length === 1);
  assert.deepEqual(left.devices, [{ type: 'desktop', status: 'ONLINE' }]);
  await laptop.command('online-status', { status: 'BUSY' });
  await watcher.nextPresence(id, { status: 'BUSY' });
  assert.ok(watcher.toldOf(id, mark).every((p) => p.online));
  assert.deepEqual((await cast.rest(id).sessions()).map((s) => s.sessionId), [laptop.sessionId]);
});

test('S2: of two devices of one kind one goes silent, and nobody is told', async (t) => {
  const cast = new Cast(t, server);
  const id = user('twins');
  const watcher = await cast.json(user('watcher'));
  const [kept, silent] = [await cast.json(id), await cast.json(id, { beat: false })];
  await watch(watcher, id);
  const mark = watcher.inbox.mark();
  assert.equal((await silent.whenClosed(server.ttlMs + SLACK_MS)).code, 4001);
  const { session, reason } = await kept.next('session', (s) => s.event === 'ended');
  assert.deepEqual([session.sessionId, reason], [silent.sessionId, 'expired']);
  await kept.command('online-status', { status: 'BUSY' });
  await watcher.nothingButMarker(id, mark, { status: 'BUSY' });
});

test('S4: a Session tells the device, the agent, the protocol and its times', async (t) => {
  const cast = new Cast(t, server);
  const id = user('gadget');
  const query = { deviceType: 'mobile', deviceName: 'Pixel 9', appVersion: '4.2.0' };
  const json = await cast.json(id, { query, headers: { 'user-agent': 'RollcallTest/1.0 (Android 16)' } });
  const stomp = await cast.stomp(id, { query: { deviceType: 'desktop' } });
  const sessions = await cast.rest(id).sessions();
  const byId = Object.fromEntries(sessions.map((s) => [s.sessionId, s]));
  const mobile = byId[json.sessionId];
  assert.equal(mobile.userId, id);
  assert.equal(mobile.protocol, 'rollcall.v1.json');
  assert.equal(mobile.userAgent, 'RollcallTest/1.0 (Android 16)');
  assert.deepEqual([mobile.device.type, mobile.device.name, mobile.device.appVersion], ['mobile', 'Pixel 9', '4.2.0']);
  assert.equal(mobile.connected, true);
  assert.equal(mobile.heartbeatIntervalMs, json.welcome.heartbeatMs);
  for (const time of ['connectedAt', 'lastSeenAt', 'expiresAt']) assert.match(mobile[time], TIME);
  assert.ok(Date.parse(mobile.expiresAt) - Date.parse(mobile.lastSeenAt) === server.ttlMs);
  assert.equal(byId[stomp.sessionId].protocol, 'v12.stomp');
  assert.equal(byId[stomp.sessionId].device.type, 'desktop');
});

test('S4: an unknown device type becomes "other", none at all is a known type', async (t) => {
  const cast = new Cast(t, server);
  const id = user('odd');
  const odd = await cast.json(id, { query: { deviceType: 'toaster' } });
  const plain = await cast.json(id);
  const own = cast.rest(id);
  assert.equal((await own.session(odd.sessionId)).device.type, 'other');
  const known = ['web', 'mobile', 'desktop', 'tablet', 'tv', 'bot', 'other'];
  assert.ok(known.includes((await own.session(plain.sessionId)).device.type));
});

test('R6, R7: the sessions of a user, all and one, show beats as they come', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('beater'));
  const own = cast.rest(client.userId);
  const list = await own.get(`/api/subscriptions/websocket/${client.userId}/sessions`);
  assert.deepEqual([list.userId, list.count, list.sessions.length], [client.userId, 1, 1]);
  const first = await own.session(client.sessionId);
  assert.equal(first.sessionId, client.sessionId);
  await until('a beat to show', async () => (await own.session(client.sessionId)).lastSeenAt > first.lastSeenAt);
});

test('R7: a session of somebody else is 403, an unknown one 404, one that is no id 400 or 404', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('owner'));
  const path = (id) => `/api/subscriptions/websocket/session/${encodeURIComponent(id)}`;
  await cast.rest(user('nosy')).refused('GET', path(client.sessionId), 403);
  await cast.rest(user('nosy')).refused('DELETE', path(client.sessionId), 403);
  const own = cast.rest(client.userId);
  const gone = await cast.json(client.userId);
  await gone.leave();
  await own.refused('GET', path(gone.sessionId), 404, 'session_not_found');
  await own.refused('DELETE', path(gone.sessionId), 404, 'session_not_found');
  for (const id of ['x', '%%%', 'a'.repeat(500)]) {
    const answer = await own.send('GET', path(id));
    assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`);
  }
  assert.equal((await cast.rest(user('boss'), { scope: 'admin' }).session(client.sessionId)).sessionId, client.sessionId);
});

test('revoking a session closes its socket with 4003, at once, and tells the other devices', async (t) => {
  const cast = new Cast(t, server);
  const id = user('fleet');
  const watcher = await cast.json(user('watcher'));
  const [kept, stolen] = [await cast.json(id, { query: { deviceType: 'web' } }), await cast.stomp(id, { query: { deviceType: 'mobile' } })];
  await watch(watcher, id);
  await cast.rest(id).revoke(stolen.sessionId);
  assert.equal((await stolen.whenClosed()).code, 4003);
  const ended = await kept.next('session', (s) => s.event === 'ended');
  assert.deepEqual([ended.session.sessionId, ended.reason], [stolen.sessionId, 'revoked']);
  assert.equal((await watcher.nextPresence(id, (p) => p.devices.length === 1)).online, true);
  await cast.rest(id).refused('GET', `/api/subscriptions/websocket/session/${stolen.sessionId}`, 404, 'session_not_found');

  await cast.rest(id).revoke(kept.sessionId);
  assert.equal((await kept.whenClosed()).code, 4003);
  await watcher.nextPresence(id, { online: false });
});

test('a revoked session cannot be resumed', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('out'));
  await cast.rest(client.userId).revoke(client.sessionId);
  await client.whenClosed();
  const back = await cast.resume(client);
  assert.equal(back.welcome.resumed, false);
  assert.notEqual(back.sessionId, client.sessionId);
});

describe('a token that expires during the connection', { concurrency: true }, () => {
  // The close may come half a minute after the expiry: the session must not end by silence meanwhile.
  const server = useServer({ SESSION_TTL: '60', OFFLINE_GRACE: '1' });
  for (const kind of ['json', 'stompjs']) {
    test(`closes a ${kind} socket with 3000, never before it expired`, { timeout: 90_000 }, async (t) => {
      const id = user('brief');
      const exp = seconds(3);
      const client = await new Cast(t, server).connect(kind, id, { token: tokenFor(id, { exp }) });
      const { code, at } = await client.whenClosed(33_000 + SLACK_MS);
      assert.equal(code, 3000);
      assert.ok(at >= exp * 1000 - 50, 'not before the token expired');
      t.diagnostic(`closed ${at - exp * 1000} ms after exp`);
      // Who has no right to be connected has no session either.
      const presence = new Cast(t, server).rest(id);
      await until('the user to be offline', async () => !(await presence.presence()).online);
    });
  }
});
