// K1–K9: the nine key patterns of contract §4, read with `redis-cli` from a real Redis after each flow.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { embedded } from '../lib/embedded.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { useRedisStack } from '../lib/redis-stack.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const TTL = 10;
/** A key lives this much longer than the hub needs for its next look. */
const SLACK = 30;
const DAY = 86_400;
/** `SUBSCRIPTION_TTL`. */
const LEASE = 3_600;

/** The keys of a user, by the names of the contract. */
const keys = (id, session) => ({
  session: `ws:session:${session}`,
  sessions: `ws:user:sessions:${id}`,
  connections: `ws:connections:${id}`,
  shown: `presence:user:${id}:online:${session}`,
  lastActive: `presence:user:${id}:last_active`,
  watchers: `presence:user:${id}:watchers`,
  subscription: `presence:subscription:${id}`,
  subscribers: `presence:subscribers:${id}`,
});

/** What a reader of the original types; `list` gives the lines of an answer, sorted. */
async function debugCommands(t, server, list) {
  const cast = new Cast(t, server);
  const [ada, bob] = [await cast.json(user('ada'), { query: { deviceType: 'mobile' } }), await cast.json(user('bob'))];
  await ada.command('presence.subscribe', { targetUserId: bob.userId });
  const includes = async (member, ...command) => (await list(...command)).includes(member);
  await until('both are online', async () => (await includes(ada.userId, 'SMEMBERS', 'presence:online')) && (await includes(bob.userId, 'SMEMBERS', 'presence:online')));
  await until('whom she watches', () => includes(bob.userId, 'SMEMBERS', `presence:subscription:${ada.userId}`));
  assert.deepEqual(await list('SMEMBERS', `presence:subscription:${ada.userId}`), [bob.userId]);
  const shown = keys(ada.userId, ada.sessionId).shown;
  assert.deepEqual(await list('KEYS', `presence:user:${ada.userId}:online:*`), [shown]);
  const devices = await list('KEYS', 'presence:user:*:online:*');
  for (const one of [shown, keys(bob.userId, bob.sessionId).shown]) assert.ok(devices.includes(one), one);
  await ada.leave();
  await until('she is gone', async () => !(await includes(ada.userId, 'SMEMBERS', 'presence:online')));
  assert.deepEqual(await list('KEYS', `presence:user:${ada.userId}:online:*`), []);
}

describe('the embedded Redis', () => {
  const server = useServer({ REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_TOKEN: 'of-the-tests' });
  const redis = embedded(server);
  test("the original's debug commands answer as their reader expects", (t) => debugCommands(t, server, async (...command) => (await redis(...command)).sort()));
});

for (const refresh of ['exact', 'transitions']) {
  describe(`REDIS_REFRESH=${refresh}`, { skip: withoutRedis, concurrency: 4 }, () => {
    const stack = useRedisStack({ refresh, vars: { SESSION_TTL: `${TTL}`, OFFLINE_GRACE: '10' } });
    const redis = (...args) => stack.redis.cli(...args);
    const members = (key) => stack.redis.list('SMEMBERS', key);
    const isOnline = async (id) => (await redis('SISMEMBER', 'presence:online', id)) === '1';
    const online = (id, wanted = true) => until(`${id} online: ${wanted}`, async () => (await isOnline(id)) === wanted);
    const holds = (key, wanted) =>
      until(`${key} holds ${wanted}`, async () => JSON.stringify(await members(key)) === JSON.stringify([...wanted].sort()));
    const exists = async (key) => (await redis('EXISTS', key)) === '1';
    const gone = (key) => until(`${key} is gone`, async () => !(await exists(key)));

    async function typed(key, type, least, most) {
      assert.equal(await redis('TYPE', key), type, key);
      const ttl = Number(await redis('TTL', key));
      assert.ok(ttl >= least && ttl <= most, `${key} has a TTL of ${ttl}, and should have ${least} to ${most}`);
    }

    const ofSession = refresh === 'exact' ? [SLACK - 2, TTL + SLACK] : [DAY - 60, DAY];
    /** Between a look and its flush a busy machine may let seconds pass. */
    const everSince = refresh === 'exact' ? [SLACK - 10, TTL + SLACK] : ofSession;
    const ofLease = refresh === 'exact' ? [LEASE + SLACK - 2, LEASE + TTL + SLACK] : [DAY - 60, DAY];
    /** Of one who is away nothing is written any more. */
    const ofLastLease = refresh === 'exact' ? [LEASE + SLACK - 15, LEASE + SLACK] : [DAY - 60, DAY];

    /** K1 to K6 of somebody who is here with these devices, by the ids of their sessions: `hidden` from others or not. */
    async function here(id, devices, { hidden = false, lives = everSince } = {}) {
      const of = keys(id);
      assert.deepEqual(await members(of.sessions), Object.keys(devices).sort());
      await typed(of.sessions, 'set', ...lives);
      assert.equal(await redis('GET', of.connections), `${Object.keys(devices).length}`);
      await typed(of.connections, 'string', ...lives);
      await typed(of.lastActive, 'string', -1, -1);
      assert.equal(await isOnline(id), !hidden);
      if (!hidden) await typed('presence:online', 'set', -1, -1);
      for (const [session, device] of Object.entries(devices)) {
        const key = keys(id, session);
        assert.equal(JSON.parse(await redis('GET', key.session)).device.type, device);
        await typed(key.session, 'string', ...lives);
        if (hidden) assert.ok(!(await exists(key.shown)), key.shown);
        else await typed(key.shown, 'string', ...lives);
        if (!hidden) assert.equal(await redis('GET', key.shown), device);
      }
    }

    /** K7 to K9: a set of these, of that time to live. */
    async function listed(key, wanted, [least, most]) {
      await holds(key, wanted);
      await typed(key, 'set', least, most);
    }

    /** Nothing about sessions is left of somebody, and the rest of the world does not see them. */
    async function away(id, ...sessions) {
      for (const session of sessions) {
        const key = keys(id, session);
        for (const name of ['session', 'sessions', 'connections', 'shown']) await gone(key[name]);
      }
      assert.equal(await isOnline(id), false);
      await typed(keys(id).lastActive, 'string', -1, -1);
    }

    test('coming online: K1 to K6', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'), { query: { deviceType: 'mobile' } });
      const key = keys(ada.userId, ada.sessionId);
      const begun = Date.now();
      await online(ada.userId);
      t.diagnostic(`visible ${Date.now() - begun} ms after the welcome`);
      const told = JSON.parse(await redis('GET', key.session));
      const asked = await cast.rest(ada.userId).session(ada.sessionId);
      for (const name of ['sessionId', 'userId', 'protocol', 'connectedAt', 'heartbeatIntervalMs']) assert.deepEqual(told[name], asked[name], name);
      assert.equal(told.device.type, 'mobile');
      await here(ada.userId, { [ada.sessionId]: 'mobile' }, { lives: ofSession });
      const age = Date.now() - Number(await redis('GET', key.lastActive));
      assert.ok(age >= -1000 && age < 60_000, `last active ${age} ms ago`);
    });

    test('a second device, and its revocation', async (t) => {
      const cast = new Cast(t, stack.server);
      const id = user('ada');
      const first = await cast.json(id, { query: { deviceType: 'web' } });
      const second = await cast.json(id, { query: { deviceType: 'tv' } });
      const [one, two] = [keys(id, first.sessionId), keys(id, second.sessionId)];
      await holds(one.sessions, [first.sessionId, second.sessionId]);
      await here(id, { [first.sessionId]: 'web', [second.sessionId]: 'tv' });
      await cast.rest(id).revoke(second.sessionId);
      await holds(one.sessions, [first.sessionId]);
      assert.deepEqual([await exists(two.session), await exists(two.shown)], [false, false]);
      await here(id, { [first.sessionId]: 'web' });
      await cast.rest(id).revoke(first.sessionId);
      await online(id, false);
      await away(id, first.sessionId, second.sessionId);
    });

    test('subscribing and unsubscribing: K7 to K9', async (t) => {
      const cast = new Cast(t, stack.server);
      const [ada, bob, cleo] = await Promise.all(['ada', 'bob', 'cleo'].map((name) => cast.json(user(name))));
      const [mine, his, hers] = [ada, bob, cleo].map(({ userId }) => keys(userId));
      const audience = [DAY - 60, DAY];
      await ada.command('presence.subscribe', { targetUserIds: [bob.userId, cleo.userId] });
      await cleo.command('presence.subscribe', { targetUserId: bob.userId });
      await listed(mine.subscription, [bob.userId, cleo.userId], ofLease);
      await listed(his.subscribers, [ada.userId, cleo.userId], audience);
      await listed(his.watchers, [ada.userId, cleo.userId], audience);
      await ada.command('presence.unsubscribe', { targetUserId: bob.userId });
      await listed(mine.subscription, [cleo.userId], ofLease);
      await listed(his.subscribers, [cleo.userId], audience);
      await listed(his.watchers, [cleo.userId], audience);
      await ada.command('presence.unsubscribe', { targetUserId: cleo.userId });
      await cleo.command('presence.unsubscribe', { targetUserId: bob.userId });
      for (const key of [mine.subscription, hers.subscription, his.subscribers, his.watchers, hers.subscribers, hers.watchers]) await gone(key);
    });

    test('an invisible user is nowhere in presence:*, and ws:* shows the truth', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'), { query: { deviceType: 'mobile' } });
      const key = keys(ada.userId, ada.sessionId);
      await online(ada.userId);
      await ada.command('online-status', { status: 'INVISIBLE' });
      await online(ada.userId, false);
      await gone(key.shown);
      await here(ada.userId, { [ada.sessionId]: 'mobile' }, { hidden: true });
      const frozen = await redis('GET', key.lastActive);
      await ada.command('online-status', { status: 'INVISIBLE', message: 'still' });
      await ada.command('online-status', { status: 'ONLINE' });
      await online(ada.userId);
      assert.ok(Number(await redis('GET', key.lastActive)) >= Number(frozen));
      await here(ada.userId, { [ada.sessionId]: 'mobile' });
    });

    test('a session that expires takes its keys with it, and the last one the user', async (t) => {
      const cast = new Cast(t, stack.server);
      const id = user('ada');
      const bob = await cast.json(user('bob'));
      const ada = await cast.json(id, { beat: false });
      const second = await cast.json(id, { query: { deviceType: 'tv' } });
      await ada.command('presence.subscribe', { targetUserId: bob.userId });
      await ada.whenClosed(TTL * 1000 + 15_000);
      await holds(keys(id).sessions, [second.sessionId]);
      await gone(keys(id, ada.sessionId).shown);
      await here(id, { [second.sessionId]: 'tv' });
      second.silence();
      await second.whenClosed(TTL * 1000 + 15_000);
      await online(id, false);
      await away(id, ada.sessionId, second.sessionId);
      // The leases run from the last end on.
      await listed(keys(id).subscription, [bob.userId], ofLastLease);
      await listed(keys(bob.userId).subscribers, [id], [DAY - 60, DAY]);
    });

    test('leaving is there within a second', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'));
      await online(ada.userId);
      await ada.leave();
      const begun = Date.now();
      await online(ada.userId, false);
      t.diagnostic(`visible ${Date.now() - begun} ms after the goodbye`);
    });

    test("the original's debug commands answer as their reader expects", (t) => debugCommands(t, stack.server, (...command) => stack.redis.list(...command)));

    // Where keys are kept exact, each look writes.
    if (refresh === 'exact') return;

    test('a resume and beats write nothing', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'));
      await online(ada.userId);
      const flushes = async () => (await cast.rest(ada.userId).get(`/dev/hub/${ada.userId}/stats`)).flushes;
      await until('the flush is answered', async () => (await flushes()) === 1);
      await ada.terminate();
      const back = await cast.resume(ada);
      assert.equal(back.welcome.resumed, true);
      await back.command('heartbeat');
      await until('some beats', () => back.beats.answered > 2);
      assert.equal(await flushes(), 1);
    });
  });
}
