// The server dies without a word (SIGKILL) and starts again on the same state: who returns was never away, what
// changed meanwhile is told, nothing is lost, and who does not return goes offline in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { ownServer } from '../lib/server.mjs';
import { pause } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const VARS = { SESSION_TTL: '6', OFFLINE_GRACE: '2' };
const SLACK_MS = 15_000;

/** All sockets of these clients have died with the server. */
const allDied = (clients) => Promise.all(clients.map((client) => client.whenClosed()));

/** Waits until just before the deadline that was stored when `began`, then kills and starts again. */
async function crashJustBefore(server, began, clients) {
  await pause(Math.max(0, began + server.ttlMs - 400 - Date.now()));
  const killedAt = Date.now();
  await server.kill9();
  await allDied(clients);
  await server.restart();
  return { killedAt, restartedAt: Date.now() };
}

test('killed just before a stored deadline and started again', { timeout: 180_000 }, async (t) => {
  const server = await ownServer(t, VARS);
  const cast = new Cast(t, server);
  const [returner, changer, stomper, lost] = ['returner', 'changer', 'stomper', 'lost'].map(user);
  const began = Date.now();
  const people = {
    returner: await cast.json(returner),
    changer: await cast.json(changer),
    stomper: await cast.stomp(stomper),
    lost: await cast.json(lost),
    watcher: await cast.json(user('watcher')),
  };
  const { watcher } = people;
  const targets = [returner, changer, stomper, lost];
  await watcher.command('presence.subscribe', { targetUserIds: targets });
  for (const id of targets) await watcher.nextPresence(id, { online: true });
  const before = (await cast.rest(watcher.userId).subscriptions()).subscriptions;

  const { restartedAt } = await crashJustBefore(server, began, Object.values(people));
  const rest = cast.rest(watcher.userId);

  await t.test('nobody is offline, though the stored deadlines have passed', async () => {
    for (const id of targets) assert.equal((await rest.presence(id)).online, true, id);
  });

  const back = {};
  await t.test('who returns takes up the same session', async () => {
    for (const name of ['returner', 'changer']) {
      back[name] = await cast.resume(people[name]);
      assert.equal(back[name].welcome.resumed, true, name);
      assert.equal(back[name].sessionId, people[name].sessionId);
    }
    back.stomper = await cast.resume(people.stomper);
    assert.equal(back.stomper.sessionId, people.stomper.sessionId);
  });

  await t.test('the watcher that resumes hears what changed meanwhile', async () => {
    await back.changer.command('online-status', { status: 'BUSY', message: 'was here' });
    back.watcher = await cast.resume(watcher);
    assert.equal(back.watcher.welcome.resumed, true);
    const told = await back.watcher.nextPresence(changer, { status: 'BUSY' });
    assert.equal(told.version, watcher.newest.get(changer).version + 1, 'one change, and nothing else');
  });

  await t.test('no subscription was lost', async () => {
    const after = (await rest.subscriptions()).subscriptions;
    const edges = (list) => list.map(({ userId, since }) => `${userId} ${since}`).sort();
    assert.deepEqual(edges(after), edges(before));
    for (const id of targets) {
      const { subscribers } = await cast.rest(id).subscribers();
      assert.deepEqual(subscribers.map((s) => s.userId), [watcher.userId]);
    }
  });

  await t.test('nobody was told a false offline', async () => {
    for (const [name, id] of [['returner', returner], ['stomper', stomper]]) {
      await back[name].command('online-status', { status: 'AWAY' });
      const told = await back.watcher.nextPresence(id, { status: 'AWAY' });
      assert.equal(told.version, watcher.newest.get(id).version + 1, name);
    }
    back.watcher.assertVersionsNeverWentBack();
  });

  await t.test('who does not return is offline within two TTLs', async () => {
    const limit = 2 * server.ttlMs + SLACK_MS;
    const { at } = await back.watcher.nextPresenceEntry(lost, { online: false }, { timeout: limit });
    assert.ok(at - restartedAt <= limit);
    t.diagnostic(`offline ${at - restartedAt} ms after the restart; 2 × TTL is ${2 * server.ttlMs} ms`);
    assert.equal((await rest.presence(returner)).online, true);
  });
});

test('killed again and again, who always returns is never offline', { timeout: 180_000 }, async (t) => {
  const server = await ownServer(t, VARS);
  const cast = new Cast(t, server);
  let client = await cast.json(user('stubborn'));
  const watcher = cast.rest(user('watcher'));
  const { sessionId } = client;
  const { version } = await watcher.presence(client.userId);
  for (let round = 0; round < 3; round += 1) {
    await crashJustBefore(server, Date.now() - server.ttlMs / 2, [client]);
    client = await cast.resume(client);
    assert.deepEqual([client.welcome.resumed, client.sessionId], [true, sessionId]);
    assert.equal((await watcher.presence(client.userId)).version, version);
  }
});

test('what was acknowledged is there after a crash at once', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t, VARS);
  const cast = new Cast(t, server);
  const client = await cast.stomp(user('writer'));
  const target = user('target');
  await client.command('presence.subscribe', { targetUserId: target });
  await client.command('online-status', { status: 'BUSY', message: 'durable' });
  await server.kill9();
  await client.whenClosed();
  await server.restart();
  const own = cast.rest(client.userId);
  const presence = await own.presence();
  assert.deepEqual([presence.status, presence.message], ['BUSY', 'durable']);
  assert.equal((await own.subscribedTo(target)).subscribed, true);
});

test('a subscription that was acknowledged before a crash is known to its target in the end', { timeout: 120_000 }, async (t) => {
  const server = await ownServer(t, VARS);
  const cast = new Cast(t, server);
  const target = await cast.json(user('target'));
  const me = cast.rest(user('me'));
  await me.subscribe(target.userId);
  await server.kill9();
  await target.whenClosed();
  await server.restart();
  const back = await cast.resume(target);
  const watcher = await cast.json(me.userId);
  await watcher.nextPresence(target.userId, { online: true });
  await back.command('online-status', { status: 'BUSY' });
  await watcher.nextPresence(target.userId, { status: 'BUSY' });
  assert.equal((await cast.rest(target.userId).subscribers()).count, 1);
});
