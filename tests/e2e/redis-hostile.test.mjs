// X2: what stands for Redis answers nonsense, late, half or not at all. Users notice nothing, who asks for the
// projection is answered by the objects, and Redis is right by itself soon after it is there again.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { Cast } from '../lib/cast.mjs';
import { differences, speakingOf } from '../lib/projection.mjs';
import { RedisProxy } from '../lib/redis-proxy.mjs';
import { RedisServer, withoutRedis } from '../lib/redis.mjs';
import { Rest } from '../lib/rest.mjs';
import { ownServer } from '../lib/server.mjs';
import { until, within } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const TOKEN = 'of-the-tests';
const TTL = 60;
/** The longest that a person may wait for anything on a busy machine; and for most things, since one time-out is 3 s. */
const PATIENCE_MS = 8_000;
const PROMPT_MS = 2_000;
/** Objects try again after the breaker's time, each up to 30 s later, so that they do not all come at once. */
const HEALED_MS = 120_000;
const RETRY_AFTER = 4;

/** Each by its rule; `shuts: false` where the breaker takes it for an answer. */
const KINDS = {
  'a page instead of an answer': { rule: () => ({ status: 200, body: '<html>welcome</html>' }) },
  'bytes that are no text': { rule: () => ({ status: 200, body: Buffer.from([0xff, 0, 0x80, 1]) }) },
  'an empty answer': { rule: () => ({ status: 200, body: '' }) },
  'half of an answer': { rule: () => 'cut' },
  'an answer byte by byte': { rule: () => 'slow' },
  'a result too few': { rule: () => 'fewer' },
  'an answer that is too long to hold': { rule: () => 'huge', shuts: false },
  'a connection that is reset': { rule: () => 'reset' },
  'an answer that is lost': { rule: () => 'lost' },
  'too many requests': { rule: () => ({ status: 429, body: '{"error":"slow down"}', headers: { 'retry-after': RETRY_AFTER } }), check: waitsAsAsked },
  'an error of the server': { rule: () => ({ status: 500, body: 'oops' }) },
  'nobody who serves': { rule: () => ({ status: 503, body: '' }) },
};

/** Nobody asks for the same again before the time that was named. */
function waitsAsAsked(proxy) {
  const of = new Map();
  for (const { at, path, commands } of proxy.requests.filter(({ spoiled }) => spoiled)) {
    if (path !== '/multi-exec') continue;
    const [, whose] = /"(?:presence:user|presence:subscription|presence:subscribers):([^":]+)/.exec(JSON.stringify(commands));
    assert.ok(at - (of.get(whose) ?? 0) >= RETRY_AFTER * 1_000 - 50, `${whose} again after ${at - of.get(whose)} ms`);
    of.set(whose, at);
  }
}

/** People come, watch, change, hide, leave and go on with another device; each hears of it at once. */
async function goAbout(cast, ids) {
  const waited = [];
  const prompt = async (promise, what) => {
    const begun = Date.now();
    const value = await within(promise, what, PATIENCE_MS);
    waited.push(Date.now() - begun);
    return value;
  };
  const [ada, bob, cleo] = await Promise.all(ids.map((id) => prompt(cast.json(id), `${id} comes`)));
  await prompt(bob.command('presence.subscribe', { targetUserIds: [ada.userId, cleo.userId] }), 'subscribing');
  for (const status of ['BUSY', 'AWAY']) {
    await prompt(ada.command('online-status', { status }), `becoming ${status}`);
    await prompt(bob.nextPresence(ada.userId, { status }), `being told ${status}`);
  }
  await prompt(cleo.command('online-status', { status: 'INVISIBLE' }), 'hiding');
  await prompt(bob.nextPresence(cleo.userId, { status: 'OFFLINE' }), 'being told of it');
  await ada.leave();
  const again = await prompt(cast.json(ada.userId, { query: { deviceType: 'tablet' } }), 'coming back');
  await prompt(again.command('presence.subscribe', { targetUserIds: [bob.userId] }), 'subscribing too');
  const median = waited.sort((a, b) => a - b)[Math.floor(waited.length / 2)];
  assert.ok(median < PROMPT_MS, `they waited ${waited} ms`);
  return [again, bob, cleo];
}

/** The lists that come from Redis otherwise come from the objects. */
async function answeredByObjects(server, [ada, bob, cleo]) {
  const admin = new Rest(server, user('boss'), { scope: 'admin' });
  const { presences, source } = await admin.post('/api/presence/query', { userIds: [ada, bob, cleo] });
  assert.deepEqual([source, ...presences.map(({ online }) => online)], ['hub', true, true, false]);
  const listed = await admin.get('/api/online?limit=1000');
  assert.equal(listed.source, 'hub');
  assert.deepEqual(listed.userIds.sort(), [ada, bob].sort());
}

async function healed(t, server, redis, ids) {
  let left;
  const begun = Date.now();
  const right = async () => {
    left = await differences(server, speakingOf(await redis.dump(), ids), ids, { refresh: 'transitions', ttl: TTL });
    return left.length === 0;
  };
  await until('Redis is right', right, { timeout: HEALED_MS, every: 500 }).catch(() => assert.deepEqual(left, []));
  t.diagnostic(`right after ${Date.now() - begun} ms`);
}

describe('whatever Redis answers, nobody notices, and it is right afterwards', { skip: withoutRedis, concurrency: 4 }, () => {
  let [redis, gateway] = [];
  before(async () => {
    redis = await RedisServer.start();
    gateway = await startGateway({ redis: redis.url, token: TOKEN, program: process.env.GATEWAY_BIN });
  }, { timeout: 120_000 });
  after(async () => {
    await gateway?.stop();
    await redis?.stop();
  }, { timeout: 60_000 });

  async function bear(t, { rule, shuts = true, check }) {
    const proxy = await RedisProxy.start(t, gateway.url);
    const vars = { REDIS_REFRESH: 'transitions', UPSTASH_REDIS_REST_URL: proxy.url, UPSTASH_REDIS_REST_TOKEN: TOKEN };
    const server = await ownServer(t, { ...vars, SESSION_TTL: `${TTL}` });
    const said = (what) => server.logs().includes(`"redis.breaker.${what}"`);
    const ids = users(3, 'bold');
    proxy.rule = rule;
    const people = await goAbout(new Cast(t, server), ids);
    await answeredByObjects(server, ids);
    await until('it was asked in vain', () => proxy.spoiled >= 5, { timeout: 60_000 });
    if (shuts) await until('the breaker opens', () => said('opened'), { timeout: 60_000 });
    check?.(proxy);
    proxy.rule = () => undefined;
    await healed(t, server, redis, ids);
    // What was perhaps taken was taken: it is written once more a minute later, and only then closes the breaker.
    if (shuts) await until('the breaker closes', () => said('closed'), { timeout: HEALED_MS });
    else assert.ok(!said('opened'), 'the breaker stayed closed');
    for (const person of people) assert.equal(person.socket.readyState, person.socket.OPEN, 'a socket was closed');
  }

  for (const [what, kind] of Object.entries(KINDS)) test(what, { timeout: 240_000 }, (t) => bear(t, kind));

  test('a redirection, and the token goes nowhere else', { timeout: 240_000 }, async (t) => {
    let strangers = 0;
    const elsewhere = createServer((_, response) => {
      strangers += 1;
      response.end('{"result":"OK"}');
    });
    await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    t.after(() => new Promise((resolve) => elsewhere.close(resolve)));
    const location = `http://127.0.0.1:${elsewhere.address().port}/`;
    for (const status of [302, 307]) await bear(t, { rule: () => ({ status, body: '', headers: { location } }) });
    assert.equal(strangers, 0, 'who was redirected to');
  });
});
