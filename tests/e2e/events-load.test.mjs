// X3: two hundred users under load while all that lies between them and their consumers fails: Kafka dies and starts
// again, a topic is deleted, the gateway dies, the proxy answers wrongly or not at all, and workerd dies. No user sees any
// of it but that last; and afterwards who takes only last + 1 has each change once, in order, without a gap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { TOPICS, consumed } from '../lib/events.mjs';
import { withoutKafka } from '../lib/kafka.mjs';
import { brokerWithTopics, gatewayTo, publishingTo } from '../lib/kafka-stack.mjs';
import { KafkaStage } from '../lib/kafka-stage.mjs';
import { inWords } from '../lib/ledger.mjs';
import { Publisher } from '../lib/publisher.mjs';
import { request } from '../lib/rest.mjs';
import { ownServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { users } from '../lib/users.mjs';

const CROWD = 200;
/** Who goes waits out the grace, and who is cut off the server's new start: neither is slow. */
const PATIENCE_MS = 90_000;
/** The breaker may stay open for a minute at a time, and more than once while every third request fails. */
const LONG = { timeout: 300_000 };

const UNAVAILABLE = { status: 503, body: { error_code: 503, message: 'busy' } };
const FAULTS = [
  { status: 500, body: { error_code: 500, message: 'oops' } },
  { status: 429, body: { error_code: 429, message: 'slow down' }, headers: { 'retry-after': '1' } },
  { status: 200, body: '<html>' },
  'hang',
  'reset',
  'lost',
];

/** All that there is, and the ways in which it breaks. */
async function world(t) {
  const broker = await brokerWithTopics();
  t.after(() => broker.stop());
  const all = { broker, life: 0, up: Promise.resolve(), before: new Map() };
  all.gateway = await gatewayTo({ broker });
  t.after(() => all.gateway.stop());
  all.stage = await KafkaStage.start(t, all.gateway.url);
  all.stage.refuses = (topic, event) => topic === 'message-events' && event.data.content?.bad === true;
  all.server = await ownServer(t, { ...publishingTo(all.stage.url), SESSION_TTL: '30', OFFLINE_GRACE: '15', COALESCE_MS: '500' });
  return all;
}

/** How it stands between the Worker and Kafka, for a failure to say. */
const standing = ({ stage, server }) => ({ ...stage.counts(), breaker: server.logs().split('\n').filter((line) => line.includes('"kafka.')).slice(-3) });

async function grows(all, what, by) {
  const wanted = all.stage[what] + by;
  try {
    await until(`${by} more ${what}`, () => all.stage[what] >= wanted, LONG);
  } catch (error) {
    throw new Error(`${error.message}: ${JSON.stringify(standing(all))}`);
  }
}

async function brokerDies(all) {
  await all.broker.kill9();
  await grows(all, 'failed', 5);
  await all.broker.restart();
}

async function gatewayDies(all) {
  await all.gateway.kill9();
  await grows(all, 'failed', 5);
  all.gateway = await gatewayTo({ broker: all.broker, port: new URL(all.gateway.url).port });
}

/** What was confirmed before it is deleted was read before: nothing goes there in between. */
async function topicIsDeleted(all, topic) {
  const { broker, stage, before } = all;
  const held = Promise.withResolvers();
  stage.rule = (asked) => (asked.topic === topic ? held.promise : undefined);
  await until('nothing is under way', () => stage.under(topic) === 0);
  before.set(topic, await broker.read(topic));
  await broker.admin.deleteTopic(topic);
  stage.rule = () => undefined;
  held.resolve();
  await grows(all, 'failed', 3);
  await broker.admin.createTopic(topic, 4);
}

/** One request in three, so that the others show that all goes on. */
async function proxyIsOdd(all) {
  const { stage } = all;
  let asked = 0;
  stage.rule = () => {
    asked += 1;
    return asked % 3 === 0 ? FAULTS[(asked / 3) % FAULTS.length] : undefined;
  };
  await grows(all, 'spoiled', 8 * FAULTS.length);
  stage.rule = () => undefined;
}

/** While events wait. */
async function workerdDies(all) {
  all.stage.rule = () => UNAVAILABLE;
  await grows(all, 'spoiled', 5);
  const up = Promise.withResolvers();
  all.up = up.promise;
  all.life += 1;
  await all.server.kill9();
  all.stage.rule = () => undefined;
  await all.server.restart();
  up.resolve();
}

/** How each user's outbox stands. */
const outboxOf = async (server, id) => {
  const token = tokenFor('the-operator', { scope: 'admin' });
  const { status, body, text } = await request(server, 'GET', `/api/events/dead-letters?userId=${id}`, { token });
  assert.equal(status, 200, text);
  return body;
};

async function drained(server, ids) {
  for (const id of ids) {
    await until(`all of ${id} is confirmed`, async () => {
      const { outbox, deadLetters } = await outboxOf(server, id);
      return outbox.waiting === 0 && deadLetters.every(({ published }) => published);
    }, LONG);
  }
}

/** Every record of a topic that a consumer had, those of before it was deleted too. */
const recordsOf = async ({ broker, before }, topic) => [...(before.get(topic) ?? []), ...(await broker.read(topic))].map((record) => ({ topic, ...record }));

/** Asserts that each user's events are those of the ledger; gives the numbers. */
async function compare(all, crowd) {
  const sum = { records: 0, events: 0, lag: 0 };
  for (const topic of TOPICS) {
    const records = await recordsOf(all, topic);
    const taken = consumed(records);
    for (const { id, ledger } of crowd) {
      const events = taken.get(id) ?? [];
      assert.deepEqual(events.map(inWords), ledger.topics[topic], `${topic} of ${id}`);
      assert.deepEqual(events.map(({ sequence }) => Number(sequence)), events.map((_, at) => at + 1), `${topic} of ${id}`);
      sum.events += events.length;
    }
    sum.records += records.length;
    sum.lag = Math.max(sum.lag, ...records.map(({ time, value }) => time - Date.parse(JSON.parse(value).time)));
  }
  return sum;
}

/** Each refused record is a dead letter, once, in its own topic. */
async function buried(all, crowd) {
  const refused = crowd.flatMap(({ id, ledger }) => ledger.topics['message-events'].filter((words) => words === 'deadletter').map(() => id));
  const records = await recordsOf(all, 'message-events.dlq');
  const ids = new Map(records.map(({ key, value }) => [JSON.parse(value).id, key]));
  assert.deepEqual([...ids.values()].sort(), refused.sort());
  return refused.length;
}

test('whatever fails between users and consumers, no change is lost, doubled or out of order', { skip: withoutKafka, timeout: 15 * 60_000 }, async (t) => {
  const all = await world(t);
  const { server, stage } = all;
  const cast = new Cast(t, server);
  const ids = users(CROWD, 'crowd');
  const crowd = ids.map((id, seed) => new Publisher(all, cast, id, ids, seed + 1, { patience: PATIENCE_MS }));
  for (const person of crowd) await person.arrive();
  let end = Infinity;
  // Also where the test fails: they would go on for ever.
  t.after(() => (end = 0));
  const life = Promise.all(crowd.map((person) => person.live(() => end)));

  for (const breaks of [brokerDies, gatewayDies, (here) => topicIsDeleted(here, 'session-events'), proxyIsOdd, workerdDies]) {
    await grows(all, 'taken', 150);
    await breaks(all);
  }
  await grows(all, 'taken', 300);
  end = 0;
  await life;

  assert.deepEqual(crowd.flatMap((person) => person.wrongs), [], 'what users saw');
  // Who did nothing since the server died is not back yet.
  for (const person of crowd) await person.present();
  const closed = crowd.filter(({ client }) => client.socket.readyState !== client.socket.OPEN);
  assert.equal(closed.length, 0, 'no socket was closed');
  const errors = crowd.flatMap(({ client }) => client.inbox.entries.filter(({ kind }) => kind === 'reply:error'));
  assert.deepEqual(errors, []);

  await drained(server, ids);
  const { records, events, lag } = await compare(all, crowd);
  const dead = await buried(all, crowd);
  const deeds = crowd.reduce((sum, person) => sum + person.deeds, 0);
  t.diagnostic(`${deeds} deeds: ${events} events, ${dead} of them placeholders, ${records - events} repeats, ${stage.requests} requests (${stage.failed} failed behind, ${stage.spoiled} spoiled), longest lag ${lag} ms`);
});
