// K1–K9: the nine key patterns of contract §4, read with `redis-cli` from a real Redis after each flow.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { useRedisStack } from '../lib/redis-stack.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const TTL = 10;
/** A key lives this much longer than the hub needs for its next look. */
const SLACK = 30;
const DAY = 86_400;

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

for (const refresh of ['exact', 'transitions']) {
  describe(`REDIS_REFRESH=${refresh}`, { skip: withoutRedis, concurrency: 4 }, () => {
    const stack = useRedisStack({ refresh, vars: { SESSION_TTL: `${TTL}`, OFFLINE_GRACE: '1' } });
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
      await typed(key.session, 'string', ...ofSession);
      assert.deepEqual(await members(key.sessions), [ada.sessionId]);
      await typed(key.sessions, 'set', ...ofSession);
      assert.equal(await redis('GET', key.connections), '1');
      await typed(key.connections, 'string', ...ofSession);
      await typed('presence:online', 'set', -1, -1);
      assert.equal(await redis('GET', key.shown), 'mobile');
      await typed(key.shown, 'string', ...ofSession);
      const age = Date.now() - Number(await redis('GET', key.lastActive));
      assert.ok(age >= -1000 && age < 60_000, `last active ${age} ms ago`);
      await typed(key.lastActive, 'string', -1, -1);
    });

    test('a second device, and its revocation', async (t) => {
      const cast = new Cast(t, stack.server);
      const id = user('ada');
      const [first, second] = [await cast.json(id), await cast.json(id, { query: { deviceType: 'tv' } })];
      const [one, two] = [keys(id, first.sessionId), keys(id, second.sessionId)];
      await holds(one.sessions, [first.sessionId, second.sessionId]);
      assert.equal(await redis('GET', one.connections), '2');
      assert.equal(await redis('GET', two.shown), 'tv');
      await cast.rest(id).revoke(second.sessionId);
      await holds(one.sessions, [first.sessionId]);
      assert.equal(await redis('GET', one.connections), '1');
      assert.deepEqual([await exists(two.session), await exists(two.shown)], [false, false]);
      assert.ok(await isOnline(id));
    });

    test('subscribing and unsubscribing: K7 to K9', async (t) => {
      const cast = new Cast(t, stack.server);
      const [ada, bob] = [await cast.json(user('ada')), await cast.json(user('bob'))];
      const [mine, his] = [keys(ada.userId), keys(bob.userId)];
      await ada.command('presence.subscribe', { targetUserId: bob.userId });
      await holds(mine.subscription, [bob.userId]);
      await holds(his.subscribers, [ada.userId]);
      await holds(his.watchers, [ada.userId]);
      const lease = refresh === 'exact' ? [3600 + SLACK - 2, 3600 + TTL + SLACK] : [DAY - 60, DAY];
      await typed(mine.subscription, 'set', ...lease);
      await typed(his.subscribers, 'set', DAY - 60, DAY);
      await typed(his.watchers, 'set', DAY - 60, DAY);
      await ada.command('presence.unsubscribe', { targetUserId: bob.userId });
      for (const key of [mine.subscription, his.subscribers, his.watchers]) await gone(key);
    });

    test('an invisible user is nowhere in presence:*, and ws:* shows the truth', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'));
      const key = keys(ada.userId, ada.sessionId);
      await online(ada.userId);
      await ada.command('online-status', { status: 'INVISIBLE' });
      await online(ada.userId, false);
      await gone(key.shown);
      assert.deepEqual(await members(key.sessions), [ada.sessionId]);
      assert.ok(await exists(key.session));
      const frozen = await redis('GET', key.lastActive);
      await ada.command('online-status', { status: 'INVISIBLE', message: 'still' });
      await ada.command('online-status', { status: 'ONLINE' });
      await online(ada.userId);
      assert.ok(Number(await redis('GET', key.lastActive)) >= Number(frozen));
    });

    test('a session that expires takes its keys with it, and the last one the user', async (t) => {
      const cast = new Cast(t, stack.server);
      const ada = await cast.json(user('ada'), { beat: false });
      const key = keys(ada.userId, ada.sessionId);
      await online(ada.userId);
      await ada.whenClosed(TTL * 1000 + 15_000);
      await online(ada.userId, false);
      for (const name of ['session', 'sessions', 'connections', 'shown']) await gone(key[name]);
      assert.ok(await exists(key.lastActive));
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

    test("the original's debug commands answer as their reader expects", async (t) => {
      const cast = new Cast(t, stack.server);
      const [ada, bob] = [await cast.json(user('ada')), await cast.json(user('bob'))];
      await ada.command('presence.subscribe', { targetUserId: bob.userId });
      await holds(keys(ada.userId).subscription, [bob.userId]);
      await online(ada.userId);
      const names = await stack.redis.list('KEYS', `presence:user:${ada.userId}:online:*`);
      assert.deepEqual(names, [keys(ada.userId, ada.sessionId).shown]);
      assert.ok((await stack.redis.list('KEYS', 'presence:user:*:online:*')).includes(names[0]));
      assert.ok((await members('presence:online')).includes(ada.userId));
      assert.deepEqual(await stack.redis.list('SMEMBERS', `presence:subscription:${ada.userId}`), [bob.userId]);
    });

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
