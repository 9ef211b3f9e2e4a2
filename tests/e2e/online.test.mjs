// Who is online, and how many users appear, from the projection and from the objects: the answer says which.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { embedded } from '../lib/embedded.mjs';
import { Rest } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const withRedis = useServer({ REDIS_REFRESH: 'transitions', UPSTASH_REDIS_REST_TOKEN: 'of-the-tests' });
const without = useServer();
/** Nobody listens there. */
const broken = useServer({ REDIS_REFRESH: 'transitions', UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9', UPSTASH_REDIS_REST_TOKEN: 'x' });
const redis = embedded(withRedis);

const as = (server, scope) => new Rest(server, user('boss'), scope && { scope });

/** Every page of the list, and what each said of itself. */
async function pages(server, query = '') {
  const admin = as(server, 'admin');
  const all = [];
  let cursor = '';
  do {
    const page = await admin.get(`/api/online?limit=2${query}${cursor}`);
    assert.ok(Math.abs(Date.now() - Date.parse(page.asOf)) < 60_000);
    all.push(page);
    cursor = page.nextCursor && `&cursor=${page.nextCursor}`;
  } while (cursor);
  return { ids: new Set(all.flatMap(({ userIds }) => userIds)), sources: new Set(all.map(({ source }) => source)), count: all.length };
}

async function crowd(t, server, count = 5) {
  const cast = new Cast(t, server);
  const people = await Promise.all(users(count, 'here').map((id) => cast.json(id)));
  await Promise.all(people.map(({ userId }) => until(`${userId} is online`, async () => (await as(server, 'admin').presence(userId)).online)));
  return people.map(({ userId }) => userId);
}

const mirrored = (ids) => Promise.all(ids.map((id) => until(`${id} in Redis`, async () => (await redis('SISMEMBER', 'presence:online', id)) === 1)));

describe('GET /api/online', () => {
  test('comes page by page from the projection where there is one', async (t) => {
    const ids = await crowd(t, withRedis);
    await mirrored(ids);
    const listed = await pages(withRedis);
    assert.deepEqual([...listed.sources], ['projection']);
    for (const id of ids) assert.ok(listed.ids.has(id), id);
  });

  for (const [what, server, query] of [
    ['are asked where there is no Redis', without, ''],
    ['are asked where Redis does not answer', broken, ''],
    ['are asked where somebody wants that', withRedis, '&source=hub'],
  ]) {
    test(`the objects ${what}`, async (t) => {
      const ids = await crowd(t, server);
      await new Rest(server, ids[4]).setStatus('INVISIBLE');
      const listed = await pages(server, query);
      assert.deepEqual([...listed.sources], ['hub']);
      for (const id of ids.slice(0, 4)) assert.ok(listed.ids.has(id), id);
      assert.ok(!listed.ids.has(ids[4]), 'a hidden user');
    });
  }

  test('a list that began in Redis goes on with the objects when Redis is not to be had, and misses nobody', async (t) => {
    const ids = await crowd(t, broken);
    // A cursor as a page from Redis would have given it.
    const cursor = Buffer.from('p:17').toString('base64url');
    const page = await as(broken, 'admin').get(`/api/online?limit=1000&cursor=${cursor}`);
    assert.equal(page.source, 'hub');
    for (const id of ids) assert.ok(page.userIds.includes(id) || page.nextCursor, id);
  });

  test('is for admins, and refuses what it cannot read', async () => {
    await as(withRedis).refused('GET', '/api/online', 403, 'forbidden');
    await as(withRedis, 'service').refused('GET', '/api/online', 403, 'forbidden');
    for (const query of ['limit=0', 'limit=1001', 'source=redis', 'cursor=nonsense']) {
      await as(withRedis, 'admin').refused('GET', `/api/online?${query}`, 400, 'invalid_parameter');
    }
  });
});

describe('POST /api/presence/query', () => {
  const ask = (server, scope, userIds, more = {}) => as(server, scope).post('/api/presence/query', { userIds, ...more });

  test('answers trusted back ends from the projection, with what is there and no more', async (t) => {
    const [here, hidden] = await crowd(t, withRedis, 2);
    await mirrored([here, hidden]);
    await new Rest(withRedis, hidden).setStatus('INVISIBLE');
    await until('hidden', async () => (await redis('SISMEMBER', 'presence:online', hidden)) === 0);
    const never = user('never');
    for (const scope of ['admin', 'service']) {
      const answer = await ask(withRedis, scope, [here, never, 'not an id', hidden, here]);
      assert.equal(answer.source, 'projection');
      assert.deepEqual(answer.presences.map(({ userId, online }) => [userId, online]), [[here, true], [never, false], [hidden, false]]);
      for (const one of answer.presences) assert.deepEqual(Object.keys(one).filter((name) => !['userId', 'online', 'lastActiveAt'].includes(name)), []);
      assert.ok(Date.parse(answer.presences[2].lastActiveAt) > 0, 'frozen when the hiding began');
      assert.deepEqual(answer.failed.map(({ userId, error }) => [userId, error.code]), [['not an id', 'invalid_user_id']]);
    }
  });

  test('answers from the objects whoever asks for that, and everybody else', async (t) => {
    const [here] = await crowd(t, withRedis, 1);
    for (const [scope, more] of [['admin', { consistency: 'strong' }], ['service', { consistency: 'strong' }], [undefined, {}], [undefined, { consistency: 'strong' }]]) {
      const answer = await ask(withRedis, scope, [here], more);
      assert.deepEqual([answer.source, answer.presences[0].status], ['hub', 'ONLINE'], `${scope} ${JSON.stringify(more)}`);
    }
  });

  test('answers from the objects where there is no Redis, and where it does not answer', async (t) => {
    for (const server of [without, broken]) {
      const [here] = await crowd(t, server, 1);
      const answer = await ask(server, 'admin', [here]);
      assert.deepEqual([answer.source, answer.presences[0].status], ['hub', 'ONLINE']);
    }
  });
});

describe('without a Redis that answers', () => {
  test('the tasks run all the same, and health says how Redis is', async (t) => {
    for (const [server, status, state] of [[without, 'ok', 'off'], [broken, 'degraded', 'unreachable']]) {
      await crowd(t, server, 2);
      const { tasks } = await as(server, 'admin').post('/api/subscriptions/cleanup', { tasks: ['sessions', 'presence', 'health'] });
      const [sessions] = tasks;
      assert.ok(sessions.scanned >= 2 && sessions.failed === 0, JSON.stringify(tasks));
      const health = await as(server).get('/health');
      assert.deepEqual([health.status, health.redis.state, health.sessions.checked], [status, state, 0], JSON.stringify(health));
    }
  });
});
