// X2, P1: hundreds of users under load while Redis dies, hangs, is emptied, starts again, and changes its password:
// no user sees any of it, and afterwards Redis says what the users' objects say, key by key.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { Person } from '../lib/crowd.mjs';
import { differences } from '../lib/projection.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { useRedisStack } from '../lib/redis-stack.mjs';
import { Rest } from '../lib/rest.mjs';
import { pause, until } from '../lib/until.mjs';
import { users } from '../lib/users.mjs';

/** Where keys are kept exact each look writes all of them anew: a smaller crowd says the same. */
const ROUNDS = [{ refresh: 'transitions', size: 200 }, { refresh: 'exact', size: 60 }];

class Caller extends Person {
  async deed() {
    const other = this.others[this.roll(this.others.length)];
    const deed = this.roll(10);
    if (deed < 4) return this.client.command('online-status', { status: ['ONLINE', 'BUSY', 'AWAY', 'INVISIBLE'][this.roll(4)] });
    if (deed < 6) return this.client.command('presence.subscribe', { targetUserId: other });
    if (deed < 7) return this.client.command('presence.unsubscribe', { targetUserId: other });
    if (deed < 8) return this.cast.rest(this.id).presence(other);
    if (deed < 9) {
      await this.client.leave();
      this.client = await this.cast.json(this.id);
      return undefined;
    }
    const second = await this.cast.json(this.id, { query: { deviceType: 'tablet' } });
    return second.leave();
  }
}

async function round(t, { redis, gateway, server }, size) {
  const cast = new Cast(t, server);
  const ids = users(size, 'crowd');
  const crowd = ids.map((id, seed) => new Caller(cast, id, ids, seed + 1));
  for (const person of crowd) person.client = await cast.json(person.id);
  const said = (what) => server.logs().split('\n').filter((line) => line.includes(what)).length;
  let end = Infinity;
  const life = Promise.all(crowd.map((person) => person.live(() => end)));

  await pause(2_000);
  await redis.kill9();
  await until('the breaker opens', () => said('redis.breaker.opened') > 0);
  await redis.restart();
  await until('the breaker half-opens and closes', () => said('redis.breaker.half_opened') > 0 && said('redis.breaker.closed') > 0, { timeout: 120_000 });

  redis.freeze();
  await pause(20_000);
  redis.thaw();
  await until('it answers again', async () => (await redis.cli('PING')) === 'PONG');

  await redis.cli('FLUSHALL');
  await redis.changePassword('second');
  await pause(5_000);
  await redis.changePassword('first');
  end = 0;
  await life;

  const wrongs = crowd.flatMap((person) => person.wrongs);
  assert.deepEqual(wrongs, [], 'what users saw');
  const closed = crowd.filter((person) => person.client.socket.readyState !== person.client.socket.OPEN);
  assert.equal(closed.length, 0, 'no socket was closed');
  t.diagnostic(`${crowd.reduce((sum, person) => sum + person.deeds, 0)} deeds`);
  const [opened, flushed] = [said('redis.breaker.opened'), said('"redis.')];
  t.diagnostic(`the breaker opened ${opened} times; ${flushed} lines about Redis`);
  assert.ok(flushed <= 3 * (opened + 1), 'a line a change of state, and not one a flush');

  const admin = new Rest(server, 'the-admin', { scope: 'admin' });
  const clean = async () => {
    const { tasks } = await admin.post('/api/subscriptions/cleanup', { tasks: ['sessions', 'presence'] });
    return tasks.every((task) => task.complete);
  };
  await until('a full pass of the cleanup', clean, { timeout: 120_000, every: 1_000 });
  let left;
  const right = async () => {
    left = await differences(server, await redis.dump(), ids);
    return left.length === 0;
  };
  await until('Redis says what the objects say', right, { timeout: 150_000, every: 2_000 }).catch(() => assert.deepEqual(left, []));
  assert.ok((await gatewayHealth(gateway)).ok);
}

const gatewayHealth = (gateway) => fetch(`${gateway.url}/health`, { signal: AbortSignal.timeout(10_000) });

for (const { refresh, size } of ROUNDS) {
  describe(`REDIS_REFRESH=${refresh}`, { skip: withoutRedis }, () => {
    const vars = { SESSION_TTL: '30', OFFLINE_GRACE: '1', COALESCE_MS: '500' };
    const stack = useRedisStack({ refresh, password: 'first', vars });
    test('whatever becomes of Redis, users see nothing, and it is right afterwards', { timeout: 9 * 60_000 }, (t) => round(t, stack, size));
  });
}
