// A whole day of two people who watch each other, one on an unmodified @stomp/stompjs, one on the JSON protocol:
// whatever either does, the other is told once, in order, and never told something that did not happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

// The grace is long enough for a reload on a busy machine, and short enough to wait for.
const server = useServer({ SESSION_TTL: '4', OFFLINE_GRACE: '3' });

/** Each watches the other, and both know it. */
async function meet(stomp, json) {
  await stomp.command('presence.subscribe', { targetUserId: json.userId });
  await json.command('presence.subscribe', { targetUserId: stomp.userId });
  assert.equal((await stomp.nextPresence(json.userId)).status, 'ONLINE');
  assert.equal((await json.nextPresence(stomp.userId)).status, 'ONLINE');
}

async function secondDevice(cast, owner, watcher) {
  const mark = watcher.inbox.mark();
  const phone = await cast.json(owner.userId, { query: { deviceType: 'mobile' } });
  const both = await watcher.nextPresence(owner.userId, (p) => p.devices.length === 2);
  assert.deepEqual(both.devices.map((d) => d.type).sort(), ['mobile', 'web']);
  assert.equal(both.online, true);
  assert.equal((await phone.leave()).code, 1000);
  await watcher.nextPresence(owner.userId, (p) => p.devices.length === 1 && p.online);
  assert.ok(watcher.toldOf(owner.userId, mark).every((p) => p.online), 'never offline while a device is there');
}

async function busyAndBack(changer, watcher) {
  await changer.command('online-status', { status: 'BUSY', message: 'lunch' });
  assert.equal((await watcher.nextPresence(changer.userId, { status: 'BUSY' })).message, 'lunch');
  await changer.command('online-status', { status: 'ONLINE' });
  await watcher.nextPresence(changer.userId, { status: 'ONLINE' });
}

async function talk(writer, reader) {
  await writer.command('typing', { to: reader.userId, typing: true });
  assert.equal((await reader.next('typing')).from, writer.userId);
  const { messageId, deliveredTo } = await writer.command('message.send', { to: reader.userId, content: 'hi' });
  assert.deepEqual(deliveredTo, [{ userId: reader.userId, sessions: 1 }]);
  assert.equal((await reader.next('message')).messageId, messageId);
}

/** The watcher (perhaps on a new connection) has been told of the client's state as it is. */
const knows = (watcher, client) => until(`${watcher.userId} to be told of ${client.userId}`, () => watcher.newest.has(client.userId));

/** A reload: the page's socket closes and a new one comes within the grace. Nobody is told. */
async function reload(cast, client, watcher, again) {
  await knows(watcher, client);
  const mark = watcher.inbox.mark();
  await client.close();
  const back = await again();
  await back.command('online-status', { status: 'AWAY' });
  await watcher.nothingButMarker(client.userId, mark, { status: 'AWAY' });
  await back.command('online-status', { status: 'ONLINE' });
  await watcher.nextPresence(client.userId, { status: 'ONLINE' });
  return back;
}

/** The grace of the reload passes: the old session ends, and still nobody is told. */
async function graceEnds(cast, client, watcher) {
  await knows(watcher, client);
  const mark = watcher.inbox.mark();
  await client.next('session', (s) => s.event === 'ended', { timeout: server.graceMs + 15_000, what: 'the end of the reloaded session' });
  await client.command('online-status', { status: 'BUSY' });
  await watcher.nothingButMarker(client.userId, mark, { status: 'BUSY' });
  await client.command('online-status', { status: 'ONLINE' });
  await watcher.nextPresence(client.userId, { status: 'ONLINE' });
}

/** A half-open socket: the user goes offline at its TTL, never before it, and is told 4001 when it reads again. */
async function halfOpen(client, watcher) {
  const lastSeen = Date.now();
  await client.command('heartbeat');
  client.goHalfOpen();
  const { at, body } = await watcher.nextPresenceEntry(client.userId, { online: false }, {
    timeout: server.ttlMs + 15_000,
    what: `${client.userId} offline`,
  });
  assert.equal(body.status, 'OFFLINE');
  assert.ok(at - lastSeen >= server.ttlMs - 50, `offline after ${at - lastSeen} ms of silence`);
  client.readAgain();
  assert.equal((await client.whenClosed()).code, 4001);
}

// By day and by night: the second time, each hub leaves memory between every two frames of its own client.
alsoEvicting(server, (server) => {
  test('stompjs and JSON watch each other through a whole day, and versions never go back', { timeout: 120_000 }, async (t) => {
    const cast = new Cast(t, server);
    const [stella, jason] = [user('stella'), user('jason')];
    const query = { deviceType: 'web' };
    let stomp = await cast.stomp(stella, { query });
    let json = await cast.json(jason, { query });

    await t.test('both come, and each sees the other', () => meet(stomp, json));
    await t.test('a second device comes and goes', async () => {
      await secondDevice(cast, json, stomp);
      await secondDevice(cast, stomp, json);
    });
    await t.test('BUSY and back', async () => {
      await busyAndBack(stomp, json);
      await busyAndBack(json, stomp);
    });
    await t.test('they type and talk', async () => {
      await talk(stomp, json);
      await talk(json, stomp);
    });
    await t.test('a reload without a token inside the grace is seen by nobody', async () => {
      json = await reload(cast, json, stomp, () => cast.json(jason, { query }));
      stomp = await reload(cast, stomp, json, () => cast.stomp(stella, { query }));
      await graceEnds(cast, json, stomp);
    });
    await t.test('a reload with the resume token is the same session and is seen by nobody', async () => {
      const sessionId = json.sessionId;
      json = await reload(cast, json, stomp, () => cast.resume(json, { query }));
      assert.equal(json.sessionId, sessionId);
      const stompSession = stomp.sessionId;
      stomp = await reload(cast, stomp, json, () => cast.resume(stomp, { query }));
      assert.equal(stomp.sessionId, stompSession);
    });
    await t.test('DISCONNECT is offline at once', async () => {
      const before = Date.now();
      assert.equal((await stomp.leave()).code, 1000);
      const gone = await json.nextPresence(stella, { online: false });
      assert.equal(gone.status, 'OFFLINE');
      t.diagnostic(`offline ${Date.now() - before} ms after DISCONNECT`);
      assert.equal((await cast.rest(jason).presence(stella)).online, false);
    });
    await t.test('who comes back sees the other and is seen', async () => {
      json.assertVersionsNeverWentBack();
      stomp = await cast.stomp(stella, { query });
      await json.nextPresence(stella, { online: true });
      await stomp.nextPresence(jason, { online: true });
    });
    await t.test('a half-open JSON socket is offline at its TTL', () => halfOpen(json, stomp));
    await t.test('a half-open STOMP socket is offline at its TTL', async () => {
      json = await cast.json(jason, { query });
      await json.nextPresence(stella, { online: true });
      await stomp.nextPresence(jason, { online: true });
      await halfOpen(stomp, json);
    });
    await t.test('at the end of the day both hold what REST says', async () => {
      stomp.assertVersionsNeverWentBack();
      json.assertVersionsNeverWentBack();
      const truth = await cast.rest(jason).presence(stella);
      const held = json.newest.get(stella);
      assert.deepEqual([held.version, held.status, held.online], [truth.version, truth.status, truth.online]);
    });
  });
});

test('a socket cut without a close frame keeps its user online for the grace, and not longer', async (t) => {
  const cast = new Cast(t, server);
  const [walker, watcher] = [await cast.json(user('walker')), await cast.json(user('watcher'))];
  await watcher.command('presence.subscribe', { targetUserId: walker.userId });
  await watcher.nextPresence(walker.userId, { online: true });
  const cut = Date.now();
  await walker.terminate();
  const { at } = await watcher.nextPresenceEntry(walker.userId, { online: false }, {
    timeout: server.ttlMs + 15_000,
    what: 'offline after the cut',
  });
  assert.ok(at - cut >= server.graceMs - 50, `offline after ${at - cut} ms, inside the grace`);
  t.diagnostic(`offline ${at - cut} ms after the cut, grace ${server.graceMs} ms`);
});
