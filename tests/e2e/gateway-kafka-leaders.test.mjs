// Two brokers behind the gateway: the leader of a partition dies, and later takes its partition back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { KafkaBroker, withoutKafka } from '../lib/kafka.mjs';
import { until } from '../lib/until.mjs';

const TOKEN = 'the-token-of-these-tests';

/** A dead broker is missed soon, and a leader that came back leads again soon. */
const QUICK = {
  'broker.session.timeout.ms': 2_000,
  'broker.heartbeat.interval.ms': 300,
  'leader.imbalance.check.interval.seconds': 1,
  'leader.imbalance.per.broker.percentage': 0,
  'auto.create.topics.enable': false,
};

describe('the gateway in front of two brokers', { skip: withoutKafka }, () => {
  let first;
  let second;
  let gateway;
  before(async () => {
    first = await KafkaBroker.start(QUICK);
    second = await KafkaBroker.start(QUICK, { first });
    gateway = await startGateway({ kafka: first.address, program: process.env.GATEWAY_BIN, token: TOKEN });
    await until('the second broker to be there', async () => JSON.parse(await first.kcat(['-L', '-J'])).brokers.length === 2);
  }, { timeout: 240_000 });
  after(async () => {
    await gateway?.stop();
    await second?.stop();
    await first?.stop();
  }, { timeout: 60_000 });

  /** What became of one record. */
  async function produce(value) {
    const response = await fetch(`${gateway.url}/topics/moving`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.binary.v2+json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ records: [{ key: 'azE=', value: Buffer.from(value).toString('base64') }] }),
      signal: AbortSignal.timeout(30_000),
    });
    assert.equal(response.status, 200);
    return (await response.json()).offsets[0];
  }

  test('a partition is followed to its new leader when the old one dies, and back when it returns', async () => {
    await first.admin.createTopic('moving', [[2, 1]]);
    await until('the second broker to lead', async () => (await first.leaders('moving'))[0] === 2);
    assert.equal((await produce('by the second')).error_code, undefined);

    await second.kill9();
    await until('a record to be written without it', async () => (await produce('by the first')).error_code === undefined, { timeout: 60_000 });
    assert.deepEqual(await first.leaders('moving'), [1]);

    await second.restart();
    await until('the second broker to lead again', async () => (await first.leaders('moving'))[0] === 2, { timeout: 60_000 });
    // The first broker is alive and says that it leads no more: that costs the record nothing.
    const outcome = await produce('by the second again');
    assert.equal(outcome.error_code, undefined, JSON.stringify(outcome));
    const values = (await first.read('moving')).map(({ value }) => value);
    assert.deepEqual([...new Set(values)], ['by the second', 'by the first', 'by the second again']);
  }, { timeout: 240_000 });
});
