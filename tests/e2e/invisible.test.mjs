// INVISIBLE: others see what they would see of somebody who is not there, and nothing gives it away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer();

/** A ghost and a watcher of it who was just told that it went. */
async function haunted(cast) {
  const [ghost, watcher] = [await cast.json(user('ghost')), await cast.json(user('watcher'))];
  await watcher.command('presence.subscribe', { targetUserId: ghost.userId });
  const seen = await watcher.nextPresence(ghost.userId, { online: true });
  await ghost.command('online-status', { status: 'INVISIBLE', message: 'secret' });
  const gone = await watcher.nextPresence(ghost.userId, { online: false });
  assert.equal(gone.version, seen.version + 1);
  return { ghost, watcher, gone };
}

test('who becomes invisible looks like somebody who left', async (t) => {
  const cast = new Cast(t, server);
  const { watcher, gone } = await haunted(cast);
  const leaver = await cast.json(user('leaver'));
  await watcher.command('presence.subscribe', { targetUserId: leaver.userId });
  await watcher.nextPresence(leaver.userId, { online: true });
  await leaver.leave();
  const left = await watcher.nextPresence(leaver.userId, { online: false });
  assert.deepEqual(Object.keys(gone).sort(), Object.keys(left).sort());
  for (const field of ['online', 'status', 'devices', 'message']) assert.deepEqual(gone[field], left[field], field);
});

test('no answer of any kind shows what an invisible user does', async (t) => {
  const cast = new Cast(t, server);
  const { ghost, watcher, gone } = await haunted(cast);
  const phone = await cast.json(ghost.userId, { query: { deviceType: 'mobile' } });
  await phone.command('heartbeat', { device: { type: 'tv' } });
  await phone.leave();
  const other = cast.rest(watcher.userId);
  const answers = [
    await other.presence(ghost.userId),
    (await other.post('/api/presence/query', { userIds: [ghost.userId] })).presences[0],
    (await other.subscriptions()).subscriptions[0].presence,
    (await other.subscribe(ghost.userId))[0].presence,
    (await watcher.command('online-status', { userIds: [ghost.userId] })).presences[0],
  ];
  for (const answer of answers) {
    const { online, status, version, lastActiveAt, devices } = answer;
    assert.deepEqual({ online, status, version, lastActiveAt, devices }, {
      online: false, status: 'OFFLINE', version: gone.version, lastActiveAt: gone.lastActiveAt, devices: [],
    });
    assert.equal(answer.message ?? undefined, undefined);
  }
});

test('coming and going invisibly is told to nobody, and showing oneself is one change', async (t) => {
  const cast = new Cast(t, server);
  const { ghost, watcher, gone } = await haunted(cast);
  const mark = watcher.inbox.mark();
  await ghost.leave();
  const back = await cast.json(ghost.userId);
  assert.equal((await cast.rest(watcher.userId).presence(ghost.userId)).version, gone.version);
  await back.command('online-status', { status: 'BUSY' });
  const shown = await watcher.nextPresence(ghost.userId, { status: 'BUSY' });
  assert.equal(shown.version, gone.version + 1);
  const between = watcher.toldOf(ghost.userId, mark).filter((p) => p.version > gone.version && p.version < shown.version);
  assert.deepEqual(between, []);
});

test('an invisible user sees the own state as it is', async (t) => {
  const cast = new Cast(t, server);
  const { ghost } = await haunted(cast);
  assert.equal((await cast.rest(ghost.userId).presence()).status, 'INVISIBLE');
  assert.equal((await cast.rest(ghost.userId).sessions()).length, 1);
});

test('a message reaches an invisible user, but its sender is not told so', async (t) => {
  const cast = new Cast(t, server);
  const { ghost, watcher } = await haunted(cast);
  const { messageId, deliveredTo } = await watcher.command('message.send', { to: ghost.userId, content: 'are you there?' });
  assert.deepEqual(deliveredTo, []);
  assert.equal((await ghost.next('message')).messageId, messageId);
});

test('the typing of an invisible user is dropped, also towards who it reads', async (t) => {
  const cast = new Cast(t, server);
  const { ghost, watcher } = await haunted(cast);
  await ghost.command('typing', { to: watcher.userId, typing: true });
  // The marker comes on the same path: the ghost's own message.
  await ghost.command('message.send', { to: watcher.userId, content: 'boo' });
  await watcher.next('message');
  assert.deepEqual(watcher.inbox.since(0, (e) => e.kind === 'typing'), []);
});

test('an invisible subscriber is not shown as watching now', async (t) => {
  const cast = new Cast(t, server);
  const star = await cast.json(user('star'));
  const fan = await cast.json(user('fan'));
  await fan.command('presence.subscribe', { targetUserId: star.userId });
  const watching = async () => (await cast.rest(star.userId).subscribers()).subscribers[0]?.watchingNow;
  await until('the fan to be watching', async () => (await watching()) === true);
  await fan.command('online-status', { status: 'INVISIBLE' });
  await until('the fan to be hidden', async () => {
    await cast.rest(star.userId).setStatus('BUSY', { message: user('m') });
    return (await watching()) === false;
  });
  // It is hidden, not asleep: it is still told.
  await star.command('online-status', { status: 'AWAY' });
  await fan.nextPresence(star.userId, { status: 'AWAY' });
});
