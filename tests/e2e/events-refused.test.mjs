// Events and a proxy that fails in every way: what a consumer who takes only last + 1 has in the end is whole.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { eventsOf } from '../lib/events.mjs';
import { KafkaProxy } from '../lib/kafka-proxy.mjs';
import { assertProblem, request } from '../lib/rest.mjs';
import { ownServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const ADMIN = tokenFor('the-operator', { scope: 'admin' });
// As a bridge says it.
const TOO_LARGE = {
  error_code: 500,
  message: 'The message is 2000090 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.',
};
const DEAD_LETTERS = '/api/events/dead-letters';

/** A proxy, a server that publishes to it, and somebody who talks. */
async function stage(t, vars = {}) {
  const proxy = await KafkaProxy.start(t);
  const server = await ownServer(t, { KAFKA_REST_API: undefined, KAFKA_REST_URL: proxy.url, KAFKA_REST_AUTH: 'Bearer of-the-tests', SESSION_TTL: '60', ...vars });
  const cast = new Cast(t, server);
  const [talker, other] = [await cast.json(user('talker')), user('other')];
  const say = (content) => talker.command('message.send', { to: other, content });
  return { proxy, server, cast, talker, say };
}

/** What `id` said, as a consumer has it, once there are `count` events: the content, or the type of what stands there. */
const heard = (proxy, id, count) =>
  until(`${count} events of ${id}`, async () => {
    const events = await eventsOf(proxy, 'message-events', id);
    return events.length >= count && events.map(({ type, data }) => (type === 'rollcall.message.sent' ? data.content : type));
  }, { timeout: 60_000 });

const deadLetters = async (server, query = '') => (await request(server, 'GET', `${DEAD_LETTERS}${query}`, { token: ADMIN })).body;
/** A report that is made now. */
async function health(server) {
  await request(server, 'POST', '/api/subscriptions/cleanup', { token: ADMIN, body: { tasks: ['health'] } });
  return (await request(server, 'GET', '/health')).body;
}
const replay = async (server, body) => (await request(server, 'POST', `${DEAD_LETTERS}/replay`, { token: ADMIN, body })).body;

describe('a proxy that fails', { concurrency: 3 }, () => {
  test('is sent the exact media type and authorisation, and a batch where several events wait', { timeout: 90_000 }, async (t) => {
    const { proxy, talker, say } = await stage(t);
    proxy.rule = () => ({ status: 503, body: { error_code: 503, message: 'busy' } });
    for (let i = 1; i <= 20; i += 1) await say(i);
    proxy.rule = () => undefined;
    assert.deepEqual(await heard(proxy, talker.userId, 20), Array.from({ length: 20 }, (_, at) => at + 1));
    const taken = proxy.requests.filter(({ topic }) => topic === 'message-events').at(-1);
    assert.equal(taken.headers['content-type'], 'application/vnd.kafka.binary.v2+json');
    assert.equal(taken.headers.authorization, 'Bearer of-the-tests');
    assert.ok(taken.records > 1, `${taken.records} records in the last request`);
  });

  for (const [name, answer] of [
    ['answers 500', { status: 500, body: { error_code: 500, message: 'oops' } }],
    ['answers garbage', { status: 200, body: '<html>' }],
    ['answers nothing', 'hang'],
    ['breaks the connection', 'reset'],
    ['takes all and loses the answer', 'lost'],
    ['asks for patience', { status: 429, body: { error_code: 429, message: 'slow down' }, headers: { 'retry-after': '1' } }],
  ]) {
    test(`that ${name}: nothing is lost, and no socket sees it`, { timeout: 120_000 }, async (t) => {
      const { proxy, server, talker, say } = await stage(t);
      let failures = 0;
      proxy.rule = ({ topic }) => (topic === 'message-events' && (failures += 1) <= 3 ? answer : undefined);
      for (let i = 1; i <= 5; i += 1) await say(i);
      await until('all is confirmed', async () => (await deadLetters(server, `?userId=${talker.userId}`)).outbox.waiting === 0, { timeout: 60_000 });
      assert.deepEqual(await heard(proxy, talker.userId, 5), [1, 2, 3, 4, 5]);
      assert.ok(failures > 3, 'it failed three times');
    });
  }

  test('a broken record leaves a placeholder and a dead letter, and what came after it goes on', { timeout: 120_000 }, async (t) => {
    const { proxy, server, talker, say } = await stage(t);
    const isBad = (event) => event.data.content === 'bad';
    proxy.rule = ({ topic, records }) => (topic === 'message-events' ? { records: records.map((event) => !isBad(event) || TOO_LARGE) } : undefined);
    for (const content of ['one', 'bad', 'three']) await say(content);
    assert.deepEqual(await heard(proxy, talker.userId, 3), ['one', 'rollcall.deadletter', 'three']);
    const [dead] = await until('the dead letter', () => proxy.log.get('message-events.dlq'));
    const event = JSON.parse(dead.value);
    assert.deepEqual([event.data.content, Number(event.sequence), event.failure.attempts >= 1], ['bad', 2, true]);
    assert.match(event.failure.reason, /larger/);

    const { deadLetters: listed, outbox } = await until('it is listed as published', async () => {
      const body = await deadLetters(server, `?userId=${talker.userId}`);
      return body.deadLetters[0]?.published && body;
    });
    assert.deepEqual([listed.length, listed[0].topic, listed[0].sequence, listed[0].event.data.content], [1, 'message', 2, 'bad']);
    assert.deepEqual([outbox.waiting, outbox.held, outbox.full, outbox.deadLetters], [0, [], false, 1]);
    assert.deepEqual((await deadLetters(server)).deadLetters.map(({ id }) => id), [listed[0].id], 'everybody\'s');
    const later = new Date(Date.now() + 60_000).toISOString();
    assert.deepEqual((await deadLetters(server, `?userId=${talker.userId}&from=${later}`)).deadLetters, []);

    assert.deepEqual(await replay(server, { userId: talker.userId, dryRun: true }), { replayed: 1, failed: 0, dryRun: true, nextCursor: null });
    assert.equal((await deadLetters(server)).deadLetters.length, 1, 'a dry run changes nothing');
    proxy.rule = () => undefined;
    assert.equal((await replay(server, {})).replayed, 1, 'everybody\'s');
    assert.deepEqual(await heard(proxy, talker.userId, 4), ['one', 'rollcall.deadletter', 'three', 'bad']);
    const again = (await eventsOf(proxy, 'message-events', talker.userId))[3];
    assert.deepEqual([again.replayof, again.id === listed[0].id], [listed[0].id, false]);
    assert.deepEqual((await deadLetters(server)).deadLetters, []);
  });

  test('a topic that is refused holds its own lane alone, and goes on when it is allowed', { timeout: 120_000 }, (t) =>
    held(t, () => ({ status: 403, body: { error_code: 40301, message: 'not authorised' } })));

  test('so does one that is not there, in a bridge\'s words: none of it becomes a dead letter', { timeout: 120_000 }, (t) =>
    held(t, (records) => ({ records: records.map(() => ({ error_code: 404, message: 'Topic message-events not present in metadata after 60000 ms.' })) })));

  /** Somebody whose messages are refused so, until they are not. */
  async function held(t, answer) {
    const { proxy, server, talker, say } = await stage(t);
    let refused = true;
    proxy.rule = ({ topic, records }) => (refused && topic === 'message-events' ? answer(records) : undefined);
    await say('held');
    await talker.command('online-status', { status: 'BUSY' });
    await until('the presence goes its way', async () => (await eventsOf(proxy, 'presence-events', talker.userId)).length === 2);
    const state = await until('the lane is held', async () => {
      const { outbox } = await deadLetters(server, `?userId=${talker.userId}`);
      return outbox.held.length > 0 && outbox;
    });
    assert.deepEqual([state.held, state.waiting, state.deadLetters], [['message'], 1, 0]);
    const { kafka, status } = await health(server);
    assert.deepEqual([status, kafka.state, kafka.outbox.held.message, kafka.outbox.waiting], ['degraded', 'held', 1, 1]);
    refused = false;
    assert.deepEqual(await heard(proxy, talker.userId, 1), ['held']);
    const well = await until('health is well', async () => (await health(server)).kafka.state === 'ok');
    assert.ok(well);
    assert.equal(proxy.log.get('message-events.dlq'), undefined);
  }

  test('an address that sends elsewhere is not followed: nobody else sees the authorisation', { timeout: 120_000 }, async (t) => {
    const elsewhere = await KafkaProxy.start(t);
    const { proxy, server, talker, say } = await stage(t);
    proxy.rule = ({ topic }) => (topic === 'message-events' ? { status: 307, headers: { location: `${elsewhere.url}/topics/message-events` }, body: '' } : undefined);
    await say('held');
    await until('the lane is held', async () => (await deadLetters(server, `?userId=${talker.userId}`)).outbox.held.includes('message'));
    assert.match(server.logs(), /"event":"kafka.refused","detail":"redirected to 127.0.0.1/);
    assert.deepEqual(elsewhere.requests, []);
    proxy.rule = () => undefined;
    assert.deepEqual(await heard(proxy, talker.userId, 1), ['held']);
  });

  test('version 3 of the interface: the cluster is asked for once, records say what they are', { timeout: 120_000 }, async (t) => {
    const { proxy, talker, say } = await stage(t, { KAFKA_REST_API: 'v3' });
    const isBad = (event) => event.data.content === 'bad';
    proxy.rule = ({ topic, records }) => (topic === 'message-events' ? { records: records.map((event) => !isBad(event) || TOO_LARGE) } : undefined);
    for (const content of ['one', 'bad', 'three']) await say(content);
    assert.deepEqual(await heard(proxy, talker.userId, 3), ['one', 'rollcall.deadletter', 'three']);
    const { headers, of } = proxy.requests.find(({ topic }) => topic === 'message-events');
    assert.equal(headers.authorization, 'Bearer of-the-tests');
    assert.deepEqual(of.map(({ name, value }) => [name, Buffer.from(value, 'base64').toString()]), [['content-type', 'application/cloudevents+json; charset=UTF-8']]);
    assert.equal(proxy.clusters, 1);
  });

  test('workerd killed right after a change: its events leave all the same', { timeout: 120_000 }, async (t) => {
    const { proxy, server, talker, say } = await stage(t, { SESSION_TTL: '4' });
    proxy.rule = () => 'reset';
    for (let i = 1; i <= 3; i += 1) await say(i);
    await server.kill9();
    proxy.rule = () => undefined;
    await server.restart();
    assert.deepEqual(await heard(proxy, talker.userId, 3), [1, 2, 3]);
  });
});

describe('dead letters', () => {
  test('are for who has the scope admin, and say what is wrong with a question', async (t) => {
    const { server, talker } = await stage(t);
    assertProblem(await request(server, 'GET', DEAD_LETTERS, { token: tokenFor(talker.userId) }), 403, 'forbidden');
    assertProblem(await request(server, 'GET', `${DEAD_LETTERS}?from=yesterday`, { token: ADMIN }), 400, 'invalid_parameter');
    assertProblem(await request(server, 'GET', `${DEAD_LETTERS}?userId=a%20b`, { token: ADMIN }), 400, 'invalid_user_id');
    assertProblem(await request(server, 'POST', `${DEAD_LETTERS}/replay`, { token: ADMIN, body: { ids: ['x'] } }), 422, 'invalid_body');
    assert.deepEqual(await deadLetters(server, '?userId=nobody'), {
      deadLetters: [],
      nextCursor: null,
      outbox: { waiting: 0, lag: 0, held: [], full: false, deadLetters: 0 },
    });
  });
});
