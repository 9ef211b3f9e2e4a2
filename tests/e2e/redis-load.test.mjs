// X2, P1: hundreds of users under load while Redis dies, hangs, is emptied, starts again, and changes its password:
// no user sees any of it, and afterwards Redis says what the users' objects say, key by key.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { Person } from '../lib/crowd.mjs';
import { differences, speakingOf } from '../lib/projection.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { useRedisStack } from '../lib/redis-stack.mjs';
import { Rest } from '../lib/rest.mjs';
import { pause, until } from '../lib/until.mjs';
import { users } from '../lib/users.mjs';

/** Where keys are kept exact each look writes all of them anew: a smaller crowd says the same. */
const ROUNDS = [{ refresh: 'transitions', size: 200 }, { refresh: 'exact', size: 60 }];
const TTL = 30;

/**
 * The bound of the time that a breaker stays open doubles from one second on, and chance takes half of it: an outage of
 * half a minute meets about six probes. Twelve is one in a million. A line a flush would be many hundreds.
 */
const PROBES = 12;

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

const CLEANUP = '/api/subscriptions/cleanup';
const boss = (server) => new Rest(server, 'the-admin', { scope: 'admin' });
const said = (server, what) => server.logs().split('\n').filter((line) => line.includes(what)).length;
const changes = (server) => ['opened', 'half_opened', 'closed'].map((change) => said(server, `redis.breaker.${change}`));

/** What a report since then says of Redis; nothing as long as there is none. */
async function health(server, since) {
  // While Redis is away it may take long, and is then not repeated: who asks again is told that it is under way.
  await boss(server).send('POST', CLEANUP, { body: { tasks: ['health'] } }).catch(() => {});
  const { status, redis, asOf } = await boss(server).get('/health');
  return Date.parse(asOf) >= since ? { status, ...redis } : {};
}

/** Redis is out of reach from `begin` to `end`: the breaker opens over it, health says so, and a probe finds its end. */
async function outage(t, { server }, what, begin, end, forMs = 0) {
  const before = changes(server);
  const grown = (at) => changes(server)[at] > before[at];
  const begun = Date.now();
  await begin();
  await until(`${what}: the breaker opens`, () => grown(0), { timeout: 30_000 });
  const shut = async () => {
    const seen = await health(server, begun);
    return seen.breaker !== 'closed' && seen.state === 'unreachable' && seen.status === 'degraded' && seen;
  };
  const { breaker } = await until(`${what}: health says so`, shut, { timeout: 60_000 });
  await pause(Math.max(0, begun + forMs - Date.now()));
  await end();
  await until(`${what}: the breaker half-opens and closes`, () => grown(1) && grown(2), { timeout: 120_000 });
  t.diagnostic(`${what}: ${changes(server).map((count, at) => count - before[at])} lines (opened, half-opened, closed); health said ${breaker}`);
}

/** All that may become of Redis; how often it was out of reach. */
async function trouble(t, stack) {
  const { redis, server } = stack;
  await outage(t, stack, 'killed', () => redis.kill9(), () => redis.restart());
  await outage(t, stack, 'frozen', () => redis.freeze(), () => redis.thaw(), 20_000);
  await redis.cli('FLUSHALL');
  await outage(t, stack, 'another password', () => redis.changePassword('second'), () => redis.changePassword('first'), 5_000);
  const over = Date.now();
  await until('health says that it is back', async () => (await health(server, over)).state === 'ok', { timeout: 60_000 });
  return 3;
}

/** A line a change of state, and not one a flush: what bounds them is how often Redis was out of reach, and for how long. */
function fewLines(t, server, outages, begun) {
  const [breaker, refused] = [said(server, '"redis.breaker.'), said(server, '"redis.refused"')];
  t.diagnostic(`${breaker} lines about the breaker, ${refused} about what was refused`);
  assert.ok(breaker <= outages * (2 * PROBES + 1), `${breaker} lines about ${outages} outages`);
  const minutes = Math.ceil((Date.now() - begun) / 60_000);
  assert.ok(refused <= minutes, `${refused} lines in ${minutes} minutes about what was refused`);
}

function noticedNothing(t, crowd) {
  assert.deepEqual(crowd.flatMap((person) => person.wrongs), [], 'what users saw');
  const closed = crowd.filter((person) => person.client.socket.readyState !== person.client.socket.OPEN);
  assert.equal(closed.length, 0, 'no socket was closed');
  t.diagnostic(`${crowd.reduce((sum, person) => sum + person.deeds, 0)} deeds`);
}

/** Awaits that Redis says what the objects of these users say; there are others too where they are but a part. */
async function right(what, { redis, server }, ids, mode, { timeout = 150_000, part = false } = {}) {
  let left;
  const same = async () => {
    const dump = await redis.dump();
    left = await differences(server, part ? speakingOf(dump, ids) : dump, ids, mode);
    return left.length === 0;
  };
  await until(what, same, { timeout, every: 2_000 }).catch(() => assert.deepEqual(left, [], what));
}

/** `exact` alone: who is here is right again within one `SESSION_TTL`, and nobody did anything about it. */
async function healsByItself(t, stack, here, mode) {
  await right('those who are here, before it is emptied', stack, here, mode, { part: true });
  await stack.redis.cli('FLUSHALL');
  const begun = Date.now();
  await right('those who are here, by themselves', stack, here, mode, { timeout: (TTL + 15) * 1_000, part: true });
  t.diagnostic(`emptied, and right about ${here.length} users who are here ${Date.now() - begun} ms later`);
}

/** One full pass of the cleanup that passed over nobody. */
const cleanUp = (server) => until('a full pass of the cleanup', async () => {
  const { tasks } = await boss(server).post(CLEANUP, { tasks: ['sessions', 'presence'] });
  return tasks.every((task) => task.complete && task.failed === 0);
}, { timeout: 120_000, every: 1_000 });

/** Some change while all others are at rest: who would be told of it stands among their watchers. */
async function watchersAreWhole(stack, some, ids, mode) {
  const all = (message) => Promise.all(some.map(({ client }) => client.command('online-status', { status: 'BUSY', message })));
  // Those of them who hid come to stand among the watchers of the others.
  await all('here');
  await right('who watches, as of before', stack, ids, mode, { timeout: 30_000 });
  await all('the last word');
  await right('who watches', stack, ids, { ...mode, changed: some.map(({ id }) => id) }, { timeout: 30_000 });
}

async function round(t, stack, { refresh, size }) {
  const { server, gateway } = stack;
  const mode = { refresh, ttl: TTL };
  const cast = new Cast(t, server);
  const ids = users(size, 'crowd');
  const crowd = ids.map((id, seed) => new Caller(cast, id, ids, seed + 1));
  for (const person of crowd) person.client = await cast.json(person.id);
  const begun = Date.now();
  let end = Infinity;
  const life = Promise.all(crowd.map((person) => person.live(() => end)));
  await pause(2_000);
  const outages = await trouble(t, stack).finally(() => (end = 0));
  await life;
  noticedNothing(t, crowd);
  fewLines(t, server, outages, begun);

  const [away, here] = [0, 1].map((which) => crowd.filter((_, at) => Math.min(at % 10, 1) === which));
  await Promise.all(away.map((person) => person.client.leave()));
  if (refresh === 'exact') await healsByItself(t, stack, here.map(({ id }) => id), mode);
  await cleanUp(server);
  await right('Redis says what the objects say', stack, ids, mode);
  await watchersAreWhole(stack, here.slice(0, 10), ids, mode);
  assert.ok((await fetch(`${gateway.url}/health`, { signal: AbortSignal.timeout(10_000) })).ok);
}

for (const options of ROUNDS) {
  describe(`REDIS_REFRESH=${options.refresh}`, { skip: withoutRedis }, () => {
    const vars = { SESSION_TTL: `${TTL}`, OFFLINE_GRACE: '1', COALESCE_MS: '500' };
    const stack = useRedisStack({ refresh: options.refresh, password: 'first', vars });
    test('whatever becomes of Redis, users see nothing, and it is right afterwards', { timeout: 9 * 60_000 }, (t) => round(t, stack, options));
  });
}
