// A real Kafka behind the gateway: what is produced over REST is read back with kcat, whatever happens to the broker.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { signalled } from '../../scripts/lib/groups.mjs';
import { KafkaBroker, withoutKafka } from '../lib/kafka.mjs';
import { kafkaEar } from '../lib/kafka-ear.mjs';
import { until, within } from '../lib/until.mjs';

const TOKEN = 'the-token-of-these-tests';
const BINARY = 'application/vnd.kafka.binary.v2+json';
/** What the gateway may take over a request: long, since the machine may be busy. */
const TIMEOUT_MS = 15_000;
/** The same where Kafka is away; an answer may come a little later. */
const SHORT_MS = 3_000;
const LATE_MS = 10_000;

const base64 = (text) => Buffer.from(text).toString('base64');
const record = (key, value) => ({ key: base64(key), value: base64(value) });

/** Whether an answer for a record lets whoever sent it send it again. */
const maySendAgain = ({ error_code: code, message }) =>
  (code === 404 && /not present in metadata after \d+ ms/.test(message)) || (code === 500 && /ms has passed since/.test(message));

describe('the gateway in front of a real Kafka', { skip: withoutKafka }, () => {
  let broker;
  let gateway;
  /** Another one, that gives up soon. */
  let hasty;
  let ear;
  const start = ({ kafka = broker.address, timeoutMs = TIMEOUT_MS } = {}) =>
    startGateway({ kafka, program: process.env.GATEWAY_BIN, token: TOKEN, args: ['--kafka-timeout-ms', `${timeoutMs}`] });
  before(async () => {
    // Topics are made by these tests, so that one that is not there stays away.
    ear = await kafkaEar();
    broker = await KafkaBroker.start({ 'auto.create.topics.enable': false }, { sideTold: ear.port });
    ear.forwardTo(broker.side);
    gateway = await start();
    hasty = await start({ timeoutMs: SHORT_MS });
  }, { timeout: 180_000 });
  after(async () => {
    await gateway?.stop();
    await hasty?.stop();
    await broker?.stop();
    await ear?.stop();
  }, { timeout: 60_000 });

  /** A new topic, once the broker leads all its partitions. */
  async function create(name, ...options) {
    await broker.admin.createTopic(name, ...options);
    await until(`leaders of ${name}`, async () => (await broker.leaders(name)).every((leader) => leader >= 0));
  }

  async function post(path, records, { authorization = `Bearer ${TOKEN}`, at = gateway, signal = AbortSignal.timeout(30_000) } = {}) {
    const response = await fetch(`${at.url}/topics/${path}`, {
      method: 'POST',
      headers: { 'content-type': BINARY, authorization },
      body: JSON.stringify({ records }),
      signal,
    });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
  }

  /** What became of each record. */
  async function produce(path, records, options) {
    const { status, type, body } = await post(path, records, options);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(type, 'application/vnd.kafka.v2+json');
    assert.equal(body.offsets.length, records.length);
    return body.offsets;
  }

  /** The same where each must have been written. */
  async function stored(path, records, options) {
    const outcomes = await produce(path, records, options);
    for (const outcome of outcomes) assert.deepEqual(Object.keys(outcome).sort(), ['offset', 'partition'], JSON.stringify(outcome));
    return outcomes;
  }

  test('keys and values arrive as they were sent, and where the answer says', async () => {
    await create('plain', 4);
    const sent = [['ada', 'hello'], ['grüße', 'wört "quoted"'], ['', 'an empty key']];
    const outcomes = await stored('plain', [...sent.map(([key, value]) => record(key, value)), { value: base64('keyless') }]);
    const read = await broker.read('plain');
    const expected = [...sent, [null, 'keyless']].map(([key, value], n) => ({ ...outcomes[n], key, value }));
    expected.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    // kcat writes an empty key as none.
    const shown = read.map(({ partition, offset, key, value }) => ({ partition, offset, key: value === 'an empty key' ? '' : key, value }));
    assert.deepEqual(shown, expected);
  });

  test('every byte survives', async () => {
    await create('bytes', 1);
    const all = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    await stored('bytes', [{ key: all.toString('base64'), value: all.toString('base64') }]);
    const { key, value } = await hexOf('bytes');
    assert.equal(key, all.toString('hex'));
    assert.equal(value, all.toString('hex'));
  });

  /** The bytes of a topic's only record: kcat writes them behind their lengths. */
  async function hexOf(topic) {
    const out = await broker.kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%K %S %k%s'], undefined, { encoding: 'buffer' });
    const text = out.toString('latin1');
    const [, keyLength, valueLength] = /^(\d+) (\d+) /.exec(text);
    const from = keyLength.length + valueLength.length + 2;
    const at = from + Number(keyLength);
    return { key: out.subarray(from, at).toString('hex'), value: out.subarray(at, at + Number(valueLength)).toString('hex') };
  }

  test("a key has the partition that Kafka's own clients pick", async () => {
    await create('ours', 7);
    await create('theirs', 7);
    // Of every length, so that each rest of the hash is met.
    const keys = Array.from({ length: 200 }, (_, n) => randomBytes(16).toString('hex').slice(0, 1 + (n % 32)));
    const unique = [...new Set(keys.map((key, n) => `${key}${n}`))];
    const outcomes = await stored('ours', unique.map((key) => record(key, 'v')));
    const lines = unique.map((key) => `${key}:v\n`).join('');
    await broker.kcat(['-P', '-t', 'theirs', '-K', ':', '-X', 'topic.partitioner=murmur2_random'], lines);
    const theirs = new Map((await broker.read('theirs')).map(({ key, partition }) => [key, partition]));
    const ours = new Map(unique.map((key, n) => [key, outcomes[n].partition]));
    assert.equal(theirs.size, unique.length);
    assert.deepEqual(ours, new Map(unique.map((key) => [key, theirs.get(key)])));
    assert.equal(new Set(ours.values()).size, 7);
  });

  test('records of one request keep their order in their partition, over several batches too', async () => {
    await create('order', 3);
    const values = Array.from({ length: 60 }, (_, n) => `${n}-${'x'.repeat(60_000)}`);
    const outcomes = await stored('order', values.map((value) => record('ada', value)));
    assert.equal(new Set(outcomes.map(({ partition }) => partition)).size, 1);
    assert.deepEqual(outcomes.map(({ offset }) => offset), values.map((_, n) => n));
    const read = await broker.read('order');
    assert.deepEqual(read.map(({ value }) => value.split('-')[0]), values.map((_, n) => `${n}`));
  });

  test('many clients produce at once, and nothing is lost, doubled or mixed', async () => {
    await create('crowd', 4);
    const clients = Array.from({ length: 40 }, (_, n) => `client-${n}`);
    await Promise.all(clients.map(async (client) => {
      for (let n = 0; n < 5; n += 1) await stored('crowd', [record(client, `${n}`)]);
    }));
    const read = await broker.read('crowd');
    assert.equal(read.length, 200);
    for (const client of clients) {
      assert.deepEqual(read.filter(({ key }) => key === client).map(({ value }) => value), ['0', '1', '2', '3', '4']);
    }
  });

  test('a path names the partition, and one that is not there fails its record alone', async () => {
    await create('parts', 2);
    assert.equal((await stored('parts/partitions/1', [record('ada', 'v')]))[0].partition, 1);
    const [good, bad] = await produce('parts', [{ value: base64('a'), partition: 0 }, { value: base64('b'), partition: 9 }]);
    assert.deepEqual(good, { partition: 0, offset: 0 });
    assert.equal(bad.error_code, 404);
    assert.match(bad.message, /^Partition 9 of topic parts with partition count 2 is not present in metadata after \d+ ms\.$/);
  });

  test('a topic that got more partitions has them at once for who names one', async () => {
    await create('grows', 1);
    await stored('grows', [record('ada', 'v')]);
    await broker.admin.enlargeTopic('grows', 3);
    await until('the third partition', async () => (await produce('grows', [{ value: base64('v'), partition: 2 }]))[0].offset === 0);
  });

  test('a record that the topic finds too large is refused alone', async () => {
    await create('small', 1, { 'max.message.bytes': '2000' });
    const values = ['a', 'x'.repeat(5_000), 'b', 'c', 'y'.repeat(5_000)];
    const outcomes = await produce('small', values.map((value) => record('ada', value)));
    assert.deepEqual(outcomes.map(({ offset, error_code: code }) => offset ?? code), [0, 500, 1, 2, 500]);
    assert.match(outcomes[1].message, /larger than the max message size/);
    assert.deepEqual((await broker.read('small')).map(({ value }) => value), ['a', 'b', 'c']);
  });

  test('every write asks all replicas in sync (acks=all)', async () => {
    await create('careful', 2);
    const other = await start({ kafka: `127.0.0.1:${ear.port}` });
    try {
      await stored('careful', [record('ada', 'v'), { value: base64('w'), partition: 0 }, { value: base64('x'), partition: 1 }], { at: other });
      assert.deepEqual(ear.acks, [-1, -1]);
      assert.equal((await broker.read('careful')).length, 3);
    } finally {
      await other.stop();
    }
  });

  test('a topic that is not there is 404 a record, and is found once it is', async () => {
    for (const outcome of await produce('late', [record('ada', 'v'), record('bob', 'w')])) {
      assert.equal(outcome.error_code, 404);
      assert.match(outcome.message, /^Topic late not present in metadata after \d+ ms\.$/);
    }
    await create('late', 1);
    await stored('late', [record('ada', 'v')]);
  });

  test('a topic that was deleted and made again begins anew, with as many partitions as it has now', async () => {
    await create('again', 4);
    await stored('again', [record('ada', 'old'), record('bob', 'old')]);
    await broker.admin.deleteTopic('again');
    await until('the topic to be gone', async () => (await produce('again', [record('ada', 'lost')]))[0].error_code === 404);
    await create('again', 1);
    const [outcome] = await stored('again', [record('ada', 'new')]);
    assert.deepEqual(outcome, { partition: 0, offset: 0 });
    assert.deepEqual((await broker.read('again')).map(({ value }) => value), ['new']);
  });

  test('topics are listed, and described', async () => {
    await create('listed', 2);
    const get = async (path) => (await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })).json();
    await until('the topic to be listed', async () => (await get('/topics')).includes('listed'));
    assert.deepEqual(await get('/topics/listed'), { name: 'listed', configs: {}, partitions: [{ partition: 0 }, { partition: 1 }] });
    assert.equal((await get('/topics/nowhere')).error_code, 404);
  });

  test('Basic with a token for a password is as good, and others stay outside', async () => {
    await create('doors', 1);
    await stored('doors', [record('ada', 'v')], { authorization: `Basic ${base64(`rollcall:${TOKEN}`)}` });
    const { status, body } = await post('doors', [record('ada', 'v')], { authorization: `Basic ${base64('rollcall:guess')}` });
    assert.deepEqual([status, body.error_code], [401, 401]);
    assert.equal((await broker.read('doors')).length, 1);
  });

  test('without --redis no Redis is served', async () => {
    const response = await fetch(`${gateway.url}/get/a`, { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.deepEqual([response.status, await response.json()], [404, { error_code: 404, message: 'Not Found' }]);
  });

  test('what is under way at the end is finished, also for a client that went away', async () => {
    await create('ending', 1);
    const other = await start({ timeoutMs: 9_000 });
    try {
      await stored('ending', [record('ada', 'before')], { at: other });
      broker.freeze();
      const leaving = new AbortController();
      const left = produce('ending', [record('ada', 'of who left')], { at: other, signal: leaving.signal });
      const waiting = produce('ending', [record('ada', 'under way')], { at: other });
      // It is under way once a request beside it finds no answer of Kafka's.
      const health = await fetch(`${other.url}/health`);
      assert.equal(health.status, 503);
      leaving.abort();
      await assert.rejects(left, { name: 'AbortError' });
      signalled(other.pid, 'SIGTERM');
      broker.thaw();
      assert.deepEqual(Object.keys((await waiting)[0]).sort(), ['offset', 'partition']);
      assert.equal(await within(other.exited, 'the end of the gateway'), 0);
      const values = (await broker.read('ending')).map(({ value }) => value);
      assert.deepEqual(values.sort(), ['before', 'of who left', 'under way']);
    } finally {
      broker.thaw();
      await other.stop();
    }
  });

  test('while the broker hangs a record may have been written, and it is not said that it was not', async () => {
    await create('hangs', 1);
    await stored('hangs', [record('ada', 'before')], { at: hasty });
    broker.freeze();
    try {
      const begun = Date.now();
      const [outcome] = await produce('hangs', [record('ada', 'perhaps')], { at: hasty });
      assert.ok(Date.now() - begun < LATE_MS);
      assert.equal(outcome.error_code, 500);
      assert.match(outcome.message, /^Expiring 1 record\(s\) for hangs-0:\d+ ms has passed since batch creation$/);
    } finally {
      broker.thaw();
    }
    await until('Kafka to answer again', async () => (await produce('hangs', [record('ada', 'after')]))[0].offset > 0);
  });

  test('the broker is killed and comes back: in between records wait, afterwards they are written, none is lost', async () => {
    await create('outage', 3);
    const kept = [];
    const send = async (value, at = gateway) => {
      const [outcome] = await produce('outage', [record('ada', value)], { at });
      if (outcome.error_code === undefined) kept.push(value);
      return outcome;
    };
    for (let n = 0; n < 10; n += 1) await send(`before-${n}`, n % 2 === 0 ? gateway : hasty);
    await broker.kill9();
    for (let n = 0; n < 2; n += 1) {
      const begun = Date.now();
      const outcome = await send(`during-${n}`, hasty);
      assert.ok(Date.now() - begun < LATE_MS, `${Date.now() - begun} ms`);
      assert.ok(maySendAgain(outcome), JSON.stringify(outcome));
    }
    const health = await fetch(`${gateway.url}/health`);
    const { status, kafka } = await health.json();
    assert.deepEqual([health.status, status, kafka], [503, 'down', 'down']);
    await broker.restart();
    await until('a record to be written', async () => (await send('after')).error_code === undefined);
    for (let n = 0; n < 10; n += 1) assert.equal((await send(`after-${n}`)).error_code, undefined);
    assert.equal((await fetch(`${gateway.url}/health`)).status, 200);
    const read = (await broker.read('outage')).map(({ value }) => value).filter((value) => kept.includes(value));
    assert.deepEqual(read, kept);
  });
});
