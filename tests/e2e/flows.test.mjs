// The original's flows from end to end: F1 coming, F3 going by expiry, F4 the debounce of offline. (F2: beats.)
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { JSON_PROTOCOL } from '../lib/json-client.mjs';
import { useServer } from '../lib/server.mjs';
import { closeOf, openSocket } from '../lib/sockets.mjs';
import { tokenFor } from '../lib/token.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '4', OFFLINE_GRACE: '3' });
/** TTL and grace, and 15 s for a busy machine. */
const PATIENCE = 4000 + 3000 + 15_000;

/** A watcher over each protocol, both told of the target once. */
async function watchers(cast, target) {
  const both = [await cast.json(user('json-watcher')), await cast.stomp(user('stomp-watcher'))];
  for (const watcher of both) {
    await watcher.command('presence.subscribe', { targetUserId: target });
    await watcher.nextPresence(target);
  }
  return both;
}

describe('F1: connecting', () => {
  for (const kind of ['json', 'stompjs']) {
    test(`over ${kind}: authenticated, registered, online, and the subscribers are told`, async (t) => {
      const cast = new Cast(t, server);
      const id = user('comer');
      const told = await watchers(cast, id);

      // 1. connect, 2. authenticate: who is not who he says comes no further, and nobody hears of him.
      const forged = await openSocket(server, { token: tokenFor(id, {}, { key: 'x'.repeat(40) }), protocols: [JSON_PROTOCOL] });
      assert.equal((await closeOf(forged)).code, 3000);
      const mark = told.map((watcher) => watcher.inbox.mark());
      const client = await cast.connect(kind, id, { query: { deviceType: 'mobile' } });

      // 3. registered: the session is there as soon as the client knows of it.
      const session = await cast.rest(id).session(client.sessionId);
      assert.deepEqual([session.userId, session.connected, session.device.type], [id, true, 'mobile']);

      // 4. online, before anybody is told. (5., the event, is asserted natively: it is a value until there is Kafka.)
      assert.equal((await cast.rest(told[0].userId).presence(id)).online, true);

      // 6. the subscribers are told, once.
      for (const [index, watcher] of told.entries()) {
        const online = await watcher.nothingButMarker(id, mark[index], { online: true });
        assert.deepEqual([online.status, online.devices], ['ONLINE', [{ type: 'mobile', status: 'ONLINE' }]]);
      }
    });
  }
});

describe('F3: going by expiry', { concurrency: true }, () => {
  test('with one device: at its TTL the user is offline and the subscribers are told', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('silent'));
    const told = await watchers(cast, client.userId);
    const lastSeen = Date.now();
    await client.command('heartbeat');
    client.goHalfOpen();
    for (const watcher of told) {
      const { at, body } = await watcher.nextPresenceEntry(client.userId, { online: false }, { timeout: PATIENCE });
      assert.equal(body.status, 'OFFLINE');
      assert.ok(at - lastSeen >= server.ttlMs - 50, `told after ${at - lastSeen} ms`);
      watcher.assertVersionsNeverWentBack();
    }
    assert.deepEqual(await cast.rest(client.userId).sessions(), []);
  });

  test('with two devices: the first that goes silent takes only itself, the last one the user', async (t) => {
    const cast = new Cast(t, server);
    const id = user('pair');
    const [phone, laptop] = [
      await cast.json(id, { query: { deviceType: 'mobile' } }),
      await cast.stomp(id, { query: { deviceType: 'desktop' } }),
    ];
    const told = await watchers(cast, id);
    phone.goHalfOpen();
    for (const watcher of told) {
      const one = await watcher.nextPresence(id, (p) => p.devices.length === 1, { timeout: PATIENCE });
      assert.deepEqual([one.online, one.devices[0].type], [true, 'desktop']);
    }
    laptop.goHalfOpen();
    for (const watcher of told) {
      const gone = await watcher.nextPresence(id, { online: false }, { timeout: PATIENCE });
      assert.deepEqual(gone.devices, []);
      watcher.assertVersionsNeverWentBack();
    }
  });
});

describe('F4: the debounce of offline', () => {
  test('a reload without a token makes no presence change, also when its grace has passed', async (t) => {
    const cast = new Cast(t, server);
    const query = { deviceType: 'web' };
    const page = await cast.json(user('page'), { query });
    const told = await watchers(cast, page.userId);
    const mark = told.map((watcher) => watcher.inbox.mark());
    await page.close();
    const again = await cast.json(page.userId, { query });
    assert.notEqual(again.sessionId, page.sessionId);
    const ended = await again.next('session', (s) => s.event === 'ended', { timeout: PATIENCE });
    assert.deepEqual([ended.session.sessionId, ended.reason], [page.sessionId, 'closed']);
    await again.command('online-status', { status: 'BUSY' });
    for (const [index, watcher] of told.entries()) await watcher.nothingButMarker(page.userId, mark[index], { status: 'BUSY' });
  });

  test('with the resume token nothing begins and nothing ends', async (t) => {
    const cast = new Cast(t, server);
    const page = await cast.json(user('page'));
    const other = await cast.json(page.userId);
    const [watcher] = await watchers(cast, page.userId);
    const [mark, ownMark] = [watcher.inbox.mark(), other.inbox.mark()];
    await page.close();
    const again = await cast.resume(page);
    assert.deepEqual([again.welcome.resumed, again.sessionId], [true, page.sessionId]);
    await again.command('online-status', { status: 'BUSY' });
    await watcher.nothingButMarker(page.userId, mark, { status: 'BUSY' });
    await again.command('message.send', { to: watcher.userId, content: 'marker' });
    await other.next('message');
    assert.deepEqual(other.inbox.since(ownMark, (e) => e.kind === 'session'), []);
  });

  test('who does not come back within the grace is offline after it, not before', async (t) => {
    const cast = new Cast(t, server);
    const page = await cast.json(user('page'));
    const [watcher] = await watchers(cast, page.userId);
    const closed = Date.now();
    await page.close();
    assert.equal((await cast.rest(watcher.userId).presence(page.userId)).online, true);
    const { at } = await watcher.nextPresenceEntry(page.userId, { online: false }, { timeout: PATIENCE });
    assert.ok(at - closed >= server.graceMs - 50, `told after ${at - closed} ms`);
  });
});
