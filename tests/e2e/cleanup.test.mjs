// C1 to C5, L4: the scheduled tasks, by cron and on demand, with the embedded Redis. The hubs' alarms are off, so that
// whatever ends or comes right here does so by the tasks alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { embedded } from '../lib/embedded.mjs';
import { Rest } from '../lib/rest.mjs';
import { ownServer, useServer } from '../lib/server.mjs';
import { pause, until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const VARS = {
  REDIS_REFRESH: 'transitions',
  UPSTASH_REDIS_REST_TOKEN: 'of-the-tests',
  DEV_ALARMS: 'off',
  SESSION_TTL: '4',
  SUBSCRIPTION_TTL: '1',
};
const server = useServer(VARS);
const redis = embedded(server);

const admin = (of = server) => new Rest(of, user('boss'), { scope: 'admin' });
const CLEANUP = '/api/subscriptions/cleanup';
/** Runs these tasks until each has come to the end of its pass; what all runs together did, by name. */
async function cleanup(tasks, more = {}, of = server) {
  const sums = Object.fromEntries(tasks.map((name) => [name, { scanned: 0, expired: 0, repaired: 0, failed: 0 }]));
  let left = tasks;
  while (left.length > 0) {
    const { tasks: reports } = await admin(of).post(CLEANUP, { tasks: left, ...more });
    for (const report of reports) for (const name of Object.keys(sums[report.name])) sums[report.name][name] += report[name];
    assert.deepEqual(reports.filter((report) => report.complete === 'cursor' in report), [], 'a cursor where there is more');
    left = reports.filter((report) => !report.complete).map((report) => report.name);
  }
  return sums;
}

const online = async (id) => (await redis('SISMEMBER', 'presence:online', id)) === 1;
const shown = (id) => until(`${id} in Redis`, () => online(id));
/** Time goes by in which nobody asks the hub anything: there is no condition to await. */
const afterMs = (ms) => pause(ms);

describe('with alarms off', () => {
  test('C2: the cleanup alone ends dead sessions, tells who watches, and Redis follows', async (t) => {
    const cast = new Cast(t, server);
    const [silent, lost, watcher] = [await cast.json(user('silent')), await cast.json(user('lost')), await cast.json(user('watcher'))];
    const ids = [silent.userId, lost.userId];
    await watcher.command('presence.subscribe', { targetUserIds: ids });
    await Promise.all(ids.map(shown));
    silent.silence();
    await lost.terminate();
    await afterMs(server.ttlMs + server.graceMs + 1_500);
    for (const id of ids) assert.equal(await online(id), true, 'nobody has looked yet');
    const dry = await cleanup(['sessions'], { dryRun: true });
    assert.ok(dry.sessions.expired >= 2, JSON.stringify(dry));
    for (const id of ids) assert.equal(await online(id), true, 'a dry run changes nothing');
    const { sessions } = await cleanup(['sessions']);
    assert.ok(sessions.expired >= 2, JSON.stringify(sessions));
    for (const id of ids) {
      await until(`${id} is offline in Redis`, async () => !(await online(id)));
      assert.deepEqual(await redis('SMEMBERS', `ws:user:sessions:${id}`), []);
      await watcher.nextPresence(id, { status: 'OFFLINE' });
    }
    assert.equal(await redis('EXISTS', `ws:session:${silent.sessionId}`), 0);
    assert.equal(await online(watcher.userId), true, 'who beats stays');
  });

  test('C1: leases that are over end at both ends', async (t) => {
    const cast = new Cast(t, server);
    const [fan, star] = [await cast.json(user('fan')), user('star')];
    await fan.command('presence.subscribe', { targetUserIds: [star] });
    await until('the edge in Redis', async () => (await redis('SMEMBERS', `presence:subscribers:${star}`)).includes(fan.userId));
    await fan.command('leave');
    await afterMs(2_500);
    assert.deepEqual(await redis('SMEMBERS', `presence:subscribers:${star}`), [fan.userId]);
    const { subscriptions } = await cleanup(['subscriptions']);
    assert.ok(subscriptions.expired >= 1 && subscriptions.failed === 0, JSON.stringify(subscriptions));
    await until('the edge is gone', async () => (await redis('SMEMBERS', `presence:subscribers:${star}`)).length === 0);
    assert.equal((await new Rest(server, star).subscribers()).count, 0);
  });

  test('C1: edges that both ends know are left alone', async (t) => {
    const cast = new Cast(t, server);
    const stars = users(60, 'star');
    const fan = await cast.json(user('fan'));
    await fan.command('presence.subscribe', { targetUserIds: stars });
    await until('all are confirmed', async () => (await redis('SCARD', `presence:subscribers:${stars[59]}`)) === 1);
    await cleanup(['subscriptions']);
    const { subscriptions } = await cleanup(['subscriptions']);
    assert.deepEqual([subscriptions.repaired, subscriptions.failed], [0, 0]);
    assert.equal((await new Rest(server, fan.userId).subscriptions()).count, 60);
  });

  test('C2: a Redis that forgot everything is right again after one pass, without anybody’s doing', async (t) => {
    const cast = new Cast(t, server);
    const people = await Promise.all(users(12, 'crowd').map((id) => cast.json(id)));
    const [first, second] = people;
    await first.command('presence.subscribe', { targetUserIds: [second.userId] });
    await Promise.all(people.map(({ userId }) => shown(userId)));
    await until('the edge in Redis', async () => (await redis('SCARD', `presence:subscribers:${second.userId}`)) === 1);
    await redis('FLUSHDB');
    const { sessions } = await cleanup(['sessions']);
    assert.ok(sessions.repaired >= people.length, JSON.stringify(sessions));
    await Promise.all(people.map(({ userId }) => shown(userId)));
    for (const { userId, sessionId } of people) {
      assert.deepEqual(await redis('SMEMBERS', `ws:user:sessions:${userId}`), [sessionId]);
      assert.equal(await redis('EXISTS', `ws:session:${sessionId}`), 1);
    }
    assert.deepEqual(await redis('SMEMBERS', `presence:subscription:${first.userId}`), [second.userId]);
    assert.deepEqual(await redis('SMEMBERS', `presence:subscribers:${second.userId}`), [first.userId]);
  });

  test('C2: what Redis has of a user and no object owns goes', async (t) => {
    const cast = new Cast(t, server);
    const { userId, sessionId } = await cast.json(user('haunted'));
    await shown(userId);
    const stray = sessionId.replace(/[^.]+$/, 'AAAAAAAAAAAAAAAA');
    await redis('SADD', `ws:user:sessions:${userId}`, stray);
    await redis('SET', `ws:session:${stray}`, '{}');
    await redis('SET', `presence:user:${userId}:online:${stray}`, 'web');
    await cleanup(['sessions']);
    await until('the stray is gone', async () => (await redis('EXISTS', `ws:session:${stray}`)) === 0);
    assert.deepEqual(await redis('SMEMBERS', `ws:user:sessions:${userId}`), [sessionId]);
    assert.equal(await redis('EXISTS', `presence:user:${userId}:online:${stray}`), 0);
  });

  test('C3: ghosts leave presence:online, the missing come, the hidden stay away', async (t) => {
    const cast = new Cast(t, server);
    const [here, hidden, ghost] = [await cast.json(user('here')), await cast.json(user('hidden')), user('ghost')];
    await Promise.all([here, hidden].map(({ userId }) => shown(userId)));
    await new Rest(server, hidden.userId).setStatus('INVISIBLE');
    await until('hidden', async () => !(await online(hidden.userId)));
    await redis('SREM', 'presence:online', here.userId);
    await redis('SADD', 'presence:online', ghost, hidden.userId);
    const dry = await cleanup(['presence'], { dryRun: true });
    assert.ok(dry.presence.repaired >= 3 && (await online(ghost)), JSON.stringify(dry));
    const { presence } = await cleanup(['presence']);
    assert.ok(presence.repaired >= 3, JSON.stringify(presence));
    await shown(here.userId);
    await until('the ghosts are gone', async () => !(await online(ghost)) && !(await online(hidden.userId)));
  });
});

describe('runs', () => {
  test('C5: all three tasks unless it is said, each with its numbers', async () => {
    const { tasks } = await admin().post(CLEANUP, {});
    assert.deepEqual(tasks.map(({ name }) => name), ['subscriptions', 'sessions', 'presence']);
    for (const report of tasks) {
      for (const name of ['scanned', 'expired', 'repaired', 'failed', 'durationMs']) assert.ok(report[name] >= 0, name);
    }
  });

  test('C5: while one is under way another is 409, and nothing of it is done', async () => {
    const asked = await Promise.all(Array.from({ length: 4 }, () => admin().send('POST', CLEANUP, { body: {} })));
    const statuses = asked.map(({ status }) => status).sort();
    assert.ok(statuses.includes(200) && statuses.includes(409), `${statuses}`);
    for (const answer of asked.filter(({ status }) => status === 409)) assert.equal(answer.body.code, 'cleanup_running');
    await admin().post(CLEANUP, {});
  });

  test('C5: who is no admin is turned away, and a body that is none refused', async () => {
    await new Rest(server, user()).refused('POST', CLEANUP, 403, 'forbidden', { body: {} });
    await new Rest(server, user(), { scope: 'service' }).refused('POST', CLEANUP, 403, 'forbidden', { body: {} });
    for (const body of [{ tasks: [] }, { tasks: ['everything'] }, { tasks: 'sessions' }, { dryRun: 'yes' }]) {
      await admin().refused('POST', CLEANUP, 422, 'invalid_body', { body });
    }
  });

  test('C4, L4: the cron trigger runs what is due once, says so in a line each, and nothing when nothing is', { timeout: 120_000 }, async (t) => {
    const own = await ownServer(t, VARS);
    const cast = new Cast(t, own);
    const people = await Promise.all(users(3).map((id) => cast.json(id)));
    await people[0].command('presence.subscribe', { targetUserIds: [people[1].userId] });
    await Promise.all(people.map(({ userId }) => until(userId, async () => (await embedded(own)('SISMEMBER', 'presence:online', userId)) === 1)));
    // Both ends of the edge have written: who is about to write is not compared.
    for (const key of [`presence:subscription:${people[0].userId}`, `presence:subscribers:${people[1].userId}`]) {
      await until(key, async () => (await embedded(own)('SCARD', key)) === 1);
    }
    assert.equal((await new Rest(own, user()).get('/health')).status, 'unknown');
    const names = (runs) => runs.map(({ task }) => task).sort();
    const first = await new Rest(own, user()).post('/dev/cron', {});
    assert.deepEqual(names(first.runs), ['health', 'presence', 'sessions', 'subscriptions']);
    const second = await new Rest(own, user()).post('/dev/cron', {});
    assert.deepEqual(second.runs, []);
    const lines = () => own.logs().split('\n').filter((line) => line.includes('"task.ran"')).map((line) => JSON.parse(line));
    await until('the lines', () => lines().length >= 4);
    assert.deepEqual(names(lines()), ['health', 'presence', 'sessions', 'subscriptions']);
    for (const line of lines()) assert.ok(line.level === 'info' && line.scanned >= 3 && line.durationMs >= 0 && line.complete, JSON.stringify(line));
    const health = await new Rest(own, user()).get('/health');
    assert.deepEqual([health.status, health.redis.state, health.redis.breaker, health.kafka.state], ['ok', 'ok', 'closed', 'off']);
    assert.ok(health.sessions.checked >= 3 && health.sessions.drifted === 0, JSON.stringify(health));
    assert.ok(health.redis.keys > 0 && health.redis.latencyMs >= 0);
    for (const task of health.tasks) assert.ok(task.lastPass.users >= 3 && task.usersPerSecond > 0 && task.dueAt, JSON.stringify(task));
  });
});
