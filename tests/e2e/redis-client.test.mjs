// The unmodified `@upstash/redis` against the embedded Redis, and against a real one through the gateway.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Redis } from '@upstash/redis';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { RedisServer, withoutRedis } from '../lib/redis.mjs';
import { Server } from '../lib/server.mjs';

const TOKEN = 'the-token-of-these-tests';

/** Where the client is led to: `{url, stop()}`. */
const SERVERS = {
  'the embedded Redis': async () => {
    const server = await Server.start({ REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_TOKEN: TOKEN });
    return { url: `${server.url}/embedded/redis`, stop: () => server.stop() };
  },
  'a real Redis behind the gateway': async () => {
    const redis = await RedisServer.start();
    const gateway = await startGateway({ redis: redis.url, token: TOKEN, program: process.env.GATEWAY_BIN });
    const stop = async () => {
      await gateway.stop();
      await redis.stop();
    };
    return { url: gateway.url, stop };
  },
};

for (const [name, start] of Object.entries(SERVERS)) {
  describe(name, { skip: name.startsWith('a real') && withoutRedis }, () => {
    let at;
    let redis;
    before(async () => {
      at = await start();
      redis = new Redis({ url: at.url, token: TOKEN, enableTelemetry: false });
    }, { timeout: 120_000 });
    after(() => at?.stop(), { timeout: 60_000 });

    test('strings, with every option of SET', async () => {
      assert.equal(await redis.set('k', 'wört "quoted" \u0000'), 'OK');
      assert.equal(await redis.get('k'), 'wört "quoted" \u0000');
      assert.equal(await redis.set('k', 'new', { nx: true }), null);
      assert.equal(await redis.set('k', 'other', { xx: true, get: true }), 'wört "quoted" \u0000');
      await redis.set('k', 'short', { ex: 100 });
      assert.ok((await redis.ttl('k')) > 90);
      await redis.set('k', 'kept', { keepTtl: true });
      assert.ok((await redis.pttl('k')) > 90_000);
      await redis.set('k', 'n', { px: 50_000 });
      await redis.set('object', { a: [1, null] });
      assert.deepEqual(await redis.get('object'), { a: [1, null] });
      assert.equal(await redis.incr('counter'), 1);
      assert.equal(await redis.get('nothing'), null);
    });

    test('sets, hashes, and scans of both', async () => {
      assert.equal(await redis.sadd('s', 'a', 'b', 'c'), 3);
      assert.equal(await redis.srem('s', 'c', 'd'), 1);
      assert.deepEqual((await redis.smembers('s')).sort(), ['a', 'b']);
      assert.equal(await redis.sismember('s', 'a'), 1);
      assert.equal(await redis.scard('s'), 2);
      assert.deepEqual((await redis.sscan('s', 0))[1].sort(), ['a', 'b']);
      assert.equal(await redis.hset('h', { one: 1, two: 'zwei' }), 2);
      assert.deepEqual(await redis.hgetall('h'), { one: 1, two: 'zwei' });
      assert.equal(await redis.hdel('h', 'one'), 1);
      assert.equal(await redis.type('h'), 'hash');
      const found = new Set();
      let cursor = '0';
      do {
        const [next, keys] = await redis.scan(cursor, { match: '[sh]', count: 10 });
        keys.forEach((key) => found.add(key));
        cursor = `${next}`;
      } while (cursor !== '0');
      assert.deepEqual([...found].sort(), ['h', 's']);
    });

    test('expiry', async () => {
      await redis.set('soon', 'gone', { px: 300 });
      assert.equal(await redis.expire('s', 100), 1);
      assert.equal(await redis.persist('s'), 1);
      assert.equal(await redis.ttl('s'), -1);
      assert.equal(await redis.ttl('nothing'), -2);
      const end = Date.now() + 10_000;
      while ((await redis.exists('soon')) === 1) assert.ok(Date.now() < end, 'the key outlived its time');
    });

    test('pipelines and transactions', async () => {
      assert.deepEqual(await redis.pipeline().set('p', 1).incr('p').get('p').exec(), ['OK', 2, 2]);
      assert.deepEqual(await redis.multi().set('q', 'x').sadd('r', 'y').del('q').exec(), ['OK', 1, 1]);
      const results = await redis.pipeline().set('text', 'x').incr('text').exec({ keepErrors: true });
      assert.equal(results[0].error, undefined);
      assert.match(results[1].error, /not an integer/);
    });

    test("errors in Redis's own words, and a wrong token", async () => {
      await assert.rejects(redis.sadd('k', 'member'), /WRONGTYPE Operation against a key holding the wrong kind of value/);
      const raw = (body, token = TOKEN) =>
        fetch(at.url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
      const short = await raw(['GET']);
      assert.equal(short.status, 400);
      assert.deepEqual(await short.json(), { error: "ERR wrong number of arguments for 'get' command" });
      assert.equal((await raw(['PING'], 'wrong')).status, 401);
      assert.deepEqual(await (await fetch(`${at.url}/set/path/style?EX=100`, { headers: { authorization: `Bearer ${TOKEN}` } })).json(), { result: 'OK' });
    });

    test('the size of the database, what it holds, and its end', async () => {
      assert.ok((await redis.dbsize()) > 3);
      assert.equal(await redis.flushdb(), 'OK');
      assert.equal(await redis.dbsize(), 0);
    });
  });
}
