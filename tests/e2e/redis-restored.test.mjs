// X2: Redis is lost, and an old copy comes up in its place: one pass of the cleanup later it says what the users'
// objects say, key by key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { differences, speakingOf } from '../lib/projection.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { useRedisStack } from '../lib/redis-stack.mjs';
import { Rest } from '../lib/rest.mjs';
import { until } from '../lib/until.mjs';
import { users } from '../lib/users.mjs';

const stack = useRedisStack({ refresh: 'transitions', vars: { SESSION_TTL: '60', OFFLINE_GRACE: '0' } });
const CROWD = 24;
const MODE = { refresh: 'transitions', ttl: 60 };

/** What Redis and the objects disagree about. */
const wrong = async (ids, changed) => differences(stack.server, speakingOf(await stack.redis.dump(), ids), ids, { ...MODE, changed });

async function settled(ids, changed) {
  let left;
  const right = async () => (left = await wrong(ids, changed)).length === 0;
  await until('Redis says what the objects say', right, { timeout: 30_000, every: 500 }).catch(() => assert.deepEqual(left, []));
}

/** Everybody does something that the copy knows nothing of. */
async function goOn(cast, people, ids) {
  const [leaving, hiding, moving, staying] = [0, 1, 2, 3].map((rest) => people.filter((_, number) => number % 4 === rest));
  await Promise.all(leaving.map((person) => person.leave()));
  await Promise.all(hiding.map((person) => person.command('online-status', { status: 'INVISIBLE' })));
  await Promise.all(moving.map(async (person) => {
    await person.leave();
    await cast.json(person.userId, { query: { deviceType: 'tablet' } });
  }));
  // As many as before, and others: a count would not show it.
  await Promise.all(staying.map(async (person) => {
    await person.command('presence.unsubscribe', { targetUserIds: [ids[0]] });
    await person.command('presence.subscribe', { targetUserIds: [ids[1]] });
  }));
}

test('an old copy of Redis is right after one pass of the cleanup', { skip: withoutRedis, timeout: 180_000 }, async (t) => {
  const { redis, server } = stack;
  const cast = new Cast(t, server);
  const ids = users(CROWD, 'restored');
  const people = await Promise.all(ids.map((id) => cast.json(id)));
  await Promise.all(people.map((person) => person.command('presence.subscribe', { targetUserIds: [ids[0], ids[2]] })));
  await settled(ids);
  await redis.save();
  await goOn(cast, people, ids);
  await settled(ids);
  await redis.restore();
  const before = await wrong(ids);
  assert.ok(before.length >= CROWD / 2, `the copy is old: ${before.length} differences`);

  const admin = new Rest(server, 'the-admin', { scope: 'admin' });
  const { tasks } = await admin.post('/api/subscriptions/cleanup', { tasks: ['sessions', 'presence'] });
  assert.ok(tasks.every((task) => task.complete && task.failed === 0), JSON.stringify(tasks));
  assert.ok(tasks[0].repaired > 0, JSON.stringify(tasks));
  await settled(ids);
  // Whose watchers the copy had lost: the next change says who would be told of it.
  await new Rest(server, ids[1]).setStatus('BUSY');
  await settled(ids, [ids[1]]);
  assert.ok((await redis.list('SMEMBERS', `presence:user:${ids[1]}:watchers`)).length > 0);
  t.diagnostic(`${before.length} differences, ${tasks.map((task) => `${task.name} repaired ${task.repaired}`).join(', ')}`);
});

/** By what a dump is spoiled, as `{key: {type, value, ttl}}`, and what is then said of it. */
const spoilt = (id, { sessionId }) => [
  ['should be', (dump) => delete dump[`ws:session:${sessionId}`]],
  ['should be', (dump) => (dump[`ws:connections:${id}`].value = '2')],
  ['should be', (dump) => (dump[`ws:user:sessions:${id}`].type = 'list')],
  ['should be', (dump) => (dump[`presence:user:${id}:last_active`].type = 'set')],
  ['to live', (dump) => (dump[`ws:session:${sessionId}`].ttl = -1)],
  ['to live', (dump) => (dump[`presence:user:${id}:online:${sessionId}`].ttl = 86_401)],
  ['to live', (dump) => (dump[`presence:subscribers:${id}`].ttl = 90)],
  ['to live', (dump) => (dump[`presence:user:${id}:last_active`].ttl = 86_400)],
  ['to live', (dump) => (dump['presence:online'].ttl = 86_400)],
  ['is a list', (dump) => (dump['presence:online'].type = 'list')],
  ['missing', (dump) => dump['presence:online'].value.pop()],
  ['who would be told now', (dump) => delete dump[`presence:user:${id}:watchers`]],
  ['who do not watch', (dump) => dump[`presence:user:${id}:watchers`].value.push('a-stranger')],
  ['is of nobody', (dump) => (dump['presence:subscribers:a-stranger'] = { type: 'set', value: [id], ttl: 86_400 })],
];

test('the comparison finds each way in which Redis may be wrong', { skip: withoutRedis, timeout: 60_000 }, async (t) => {
  const { redis, server } = stack;
  const cast = new Cast(t, server);
  const ids = users(3, 'compared');
  const [star, ...fans] = await Promise.all(ids.map((id) => cast.json(id)));
  await Promise.all(fans.map((fan) => fan.command('presence.subscribe', { targetUserId: ids[0] })));
  await settled(ids);
  await star.command('online-status', { status: 'BUSY' });
  await settled(ids, [ids[0]]);
  const dump = speakingOf(await redis.dump(), ids);
  for (const [said, spoil] of spoilt(ids[0], star)) {
    const other = structuredClone(dump);
    spoil(other);
    const lines = await differences(server, other, ids, { ...MODE, changed: [ids[0]] });
    assert.ok(lines.length === 1 && lines[0].includes(said), `${spoil}: ${lines}`);
  }
  const exact = await differences(server, dump, ids, { refresh: 'exact', ttl: 60 });
  const long = [star, ...fans].map(({ sessionId }) => `ws:session:${sessionId}`);
  for (const key of long) assert.ok(exact.some((line) => line.includes(key)), `${key} lives for a day: ${exact}`);
});
