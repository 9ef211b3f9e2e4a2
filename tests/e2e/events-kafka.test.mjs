// Events in a real Kafka (contract §5), from the flow that makes them: as kcat and as kafkajs read them, and as the
// consumers of examples/ understand them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { CONSUMERS, buildConsumers, consume } from '../lib/consumers.mjs';
import { TOPICS, consumed } from '../lib/events.mjs';
import { JSON_PROTOCOL } from '../lib/json-client.mjs';
import { withoutKafka } from '../lib/kafka.mjs';
import { partitionOf } from '../lib/kafka-partitions.mjs';
import { useKafkaStack } from '../lib/kafka-stack.mjs';
import { readWithKafkajs } from '../lib/kafkajs.mjs';
import { withoutRedis } from '../lib/redis.mjs';
import { Rest } from '../lib/rest.mjs';
import { closeOf, openSocket } from '../lib/sockets.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const PATIENCE = { timeout: 60_000 };

const types = (events) => events.map(({ type }) => type.replace('rollcall.', ''));

describe('events in a real Kafka', { skip: withoutKafka }, () => {
  const stack = useKafkaStack({ redis: !withoutRedis, vars: { SESSION_TTL: '30', OFFLINE_GRACE: '1' } });

  const records = async (topic) => (await stack.broker.read(topic)).map((record) => ({ topic, ...record }));

  /** The events of a user in a topic for who takes only last + 1, once there are as many. */
  const someEvents = (topic, id, count) =>
    until(`${count} events of ${id} in ${topic}`, async () => {
      const events = consumed(await records(topic)).get(id) ?? [];
      return events.length >= count && events;
    }, PATIENCE);

  test('F1 whole: authenticated, registered, online; and so it is in Redis, in Kafka and before the subscribers', { skip: withoutRedis, timeout: 120_000 }, async (t) => {
    const { server, redis } = stack;
    const cast = new Cast(t, server);
    const id = user('comer');
    const watchers = [await cast.json(user('json-watcher')), await cast.stomp(user('stomp-watcher'))];
    for (const watcher of watchers) {
      await watcher.command('presence.subscribe', { targetUserId: id });
      await watcher.nextPresence(id, { online: false });
    }

    const forged = await openSocket(server, { token: tokenFor(id, {}, { key: 'x'.repeat(40) }), protocols: [JSON_PROTOCOL] });
    assert.equal((await closeOf(forged)).code, 3000, 'who is not who he says comes no further');
    const client = await cast.json(id, { query: { deviceType: 'mobile' } });
    const session = await cast.rest(id).session(client.sessionId);
    assert.deepEqual([session.userId, session.connected, session.device.type], [id, true, 'mobile']);
    const known = await cast.rest(watchers[0].userId).presence(id);
    assert.equal(known.online, true);

    const inRedis = until('Redis says so', async () => (await redis.cli('SISMEMBER', 'presence:online', id)) === '1' && redis.cli('GET', `ws:session:${client.sessionId}`), PATIENCE);
    const inKafka = Promise.all([someEvents('session-events', id, 1), someEvents('presence-events', id, 1)]);
    const toldOf = watchers.map((watcher) => watcher.nextPresence(id, { online: true }, PATIENCE));
    const [mirrored, [[started], [online]], ...told] = await Promise.all([inRedis, inKafka, ...toldOf]);

    const { userId, device } = JSON.parse(mirrored);
    assert.deepEqual([userId, device.type], [id, 'mobile']);
    assert.deepEqual([started.type, started.data.session.sessionId], ['rollcall.session.started', client.sessionId]);
    assert.deepEqual([online.type, online.data.visible, online.revision], ['rollcall.presence.online', true, started.revision]);
    const fact = ({ userId: who, online: here, status, devices }) => ({ who, here, status, devices });
    for (const presence of [known, online.data.presence, ...told]) {
      assert.deepEqual(fact(presence), { who: id, here: true, status: 'ONLINE', devices: [{ type: 'mobile', status: 'ONLINE' }] });
    }
    // Nobody hears of who was refused: each topic begins with the one who came.
    assert.deepEqual([Number(started.sequence), Number(online.sequence)], [1, 1]);
  });

  test('a flow is read back whole by two client libraries: keys, partitions, order, CloudEvents without a gap', { timeout: 180_000 }, async (t) => {
    const { server, broker } = stack;
    const cast = new Cast(t, server);
    const other = await cast.json(user('other'));
    // Ids as identity providers have them: what a key must not do is escape them.
    const ids = ['auth0|', 'mail+tag@', 'plain-'].map((name) => `${name}${user('x')}`);
    for (const id of ids) {
      const desktop = await cast.json(id, { query: { deviceType: 'desktop' } });
      const phone = await cast.stomp(id, { query: { deviceType: 'mobile' } });
      await phone.command('online-status', { status: 'BUSY' });
      await desktop.command('presence.subscribe', { targetUserId: other.userId });
      await desktop.command('message.send', { to: other.userId, content: { text: 'grüße' } });
      await desktop.leave();
      await phone.leave();
    }
    const expected = {
      'presence-events': ['presence.online', 'presence.changed', 'presence.changed', 'presence.changed', 'presence.offline'],
      'session-events': ['session.started', 'session.started', 'session.ended', 'session.ended'],
      'subscription-events': ['subscription.created'],
      'message-events': ['message.sent'],
    };
    for (const topic of TOPICS) {
      for (const id of ids) assert.deepEqual(types(await someEvents(topic, id, expected[topic].length)), expected[topic]);
      const mine = ({ key }) => ids.includes(key);
      const byKcat = (await records(topic)).filter(mine);
      const byKafkajs = (await readWithKafkajs(broker, topic)).filter(mine);
      assert.deepEqual(byKafkajs, byKcat.map(({ partition, offset, key, value }) => ({ partition, offset, key, value })));
      for (const { key, partition } of byKcat) assert.equal(partition, partitionOf(key, 4), `the partition of ${key}`);
      for (const [id, events] of consumed(byKcat)) {
        assert.deepEqual(events.map(({ sequence }) => Number(sequence)), events.map((_, at) => at + 1), `${id} in ${topic}`);
      }
    }
    const [sent] = await someEvents('message-events', ids[0], 1);
    assert.deepEqual([sent.data.to, sent.data.content], [[other.userId], { text: 'grüße' }]);
  });

  test("a user's partition is the one that kcat's murmur2 picks for the same key", { timeout: 120_000 }, async (t) => {
    const { server, broker } = stack;
    const cast = new Cast(t, server);
    const ids = users(12, 'spread');
    const crowd = await Promise.all(ids.map((id) => cast.json(id)));
    for (const { userId } of crowd) await someEvents('presence-events', userId, 1);
    await broker.admin.createTopic('theirs', 4);
    await broker.kcat(['-P', '-t', 'theirs', '-K', '\t', '-X', 'topic.partitioner=murmur2_random'], ids.map((id) => `${id}\tv\n`).join(''));
    const placed = (read) => new Map(read.filter(({ key }) => ids.includes(key)).map(({ key, partition }) => [key, partition]));
    const [ours, theirs] = [placed(await records('presence-events')), placed(await broker.read('theirs'))];
    assert.equal(theirs.size, ids.length);
    for (const id of ids) assert.equal(ours.get(id), theirs.get(id), id);
  });

  describe('the consumers of examples/', () => {
    before(buildConsumers, { timeout: 300_000 });

    /** Who is online as the objects say it, of all who ever were. */
    async function online() {
      const admin = new Rest(stack.server, 'the-admin', { scope: 'admin' });
      const all = [];
      for (let cursor = ''; cursor !== undefined; ) {
        const page = await admin.get(`/api/online?source=hub&limit=100${cursor}`);
        all.push(...page.userIds);
        cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : undefined;
      }
      return all.sort();
    }

    for (const kind of Object.keys(CONSUMERS)) {
      test(`${kind}: who is online from the events alone is who is online`, { timeout: 180_000 }, async (t) => {
        const cast = new Cast(t, stack.server);
        const [here, hidden, gone, back] = await Promise.all(users(4, kind).map((id) => cast.json(id)));
        await hidden.command('online-status', { status: 'INVISIBLE' });
        await gone.leave();
        await back.leave();
        await cast.json(back.userId);
        for (const [client, count] of [[here, 1], [hidden, 2], [gone, 2], [back, 3]]) await someEvents('presence-events', client.userId, count);
        // Those of other tests are still going.
        await until('both say the same', async () => {
          const wanted = await online();
          const consumer = consume(kind, stack.broker);
          const { code, last, wrong } = await consumer.ended;
          assert.deepEqual([code, last], [0, { online: wanted, gaps: [] }], wrong);
          return wanted.includes(here.userId) && wanted.includes(back.userId) && !wanted.includes(hidden.userId) && !wanted.includes(gone.userId);
        }, { timeout: 120_000 });
      });

      test(`${kind}: it tells each change as it comes, and the list when it is told to stop`, { timeout: 180_000 }, async (t) => {
        const cast = new Cast(t, stack.server);
        const client = await cast.json(user('live'));
        const consumer = consume(kind, stack.broker, { untilEnd: false });
        t.after(() => consumer.kill());
        const mine = (wanted) => ({ userId, status }) => userId === client.userId && status === wanted;
        await consumer.line('the user comes', mine('ONLINE'));
        await client.command('online-status', { status: 'BUSY' });
        const busy = await consumer.line('the user is busy', mine('BUSY'));
        assert.deepEqual(busy, { userId: client.userId, type: 'rollcall.presence.changed', online: true, status: 'BUSY' });
        consumer.stop();
        const { code, last, wrong } = await consumer.ended;
        assert.equal(code, 0, wrong);
        assert.ok(last.online.includes(client.userId));
      });

      test(`${kind}: repeats, replays, placeholders and gaps`, { timeout: 120_000 }, async () => {
        const topic = `made-up-${kind}`;
        await stack.broker.admin.createTopic(topic, 1);
        const record = (key, sequence, type, data) => `${key}\t${JSON.stringify({ id: `${key}${sequence}`, sequence: `${sequence}`.padStart(20, '0'), type: `rollcall.${type}`, data })}\n`;
        const presence = (key, sequence, version, here, visible = true) =>
          record(key, sequence, 'presence.changed', { visible, presence: { version, online: here, status: here ? 'ONLINE' : 'OFFLINE' } });
        const lines = [
          // A repeat, a placeholder, a run that gave way, and a replay of what is long past.
          presence('ada', 1, 1, true), presence('ada', 1, 1, true), record('ada', 2, 'deadletter', { failure: {} }),
          record('ada', 5, 'truncated', { from: 3, to: 5 }), presence('ada', 6, 9, true), presence('ada', 7, 4, false),
          // Out of order, and sent again.
          presence('bob', 1, 1, true), presence('bob', 3, 3, true), presence('bob', 2, 2, false), presence('bob', 3, 3, true),
          presence('eve', 1, 1, true), presence('eve', 2, 2, true, false),
          // What is missing never comes.
          presence('zoe', 1, 1, true), presence('zoe', 3, 3, false),
        ];
        await stack.broker.kcat(['-P', '-t', topic, '-K', '\t'], lines.join(''));
        const { code, lines: told, last, wrong } = await consume(kind, stack.broker, { topic }).ended;
        assert.equal(code, 2, wrong);
        assert.deepEqual(last, { online: ['ada', 'bob', 'zoe'], gaps: [{ userId: 'zoe', missing: 2 }] });
        const of = (id) => told.filter((line) => line.userId === id || line.gap === id || line.deadletter === id || line.truncated === id);
        const changed = (userId, online) => ({ userId, type: 'rollcall.presence.changed', online, status: online ? 'ONLINE' : 'OFFLINE' });
        assert.deepEqual(of('ada'), [changed('ada', true), { deadletter: 'ada', sequence: 2 }, { truncated: 'ada', from: 3, to: 5 }, changed('ada', true)]);
        assert.deepEqual(of('bob'), [changed('bob', true), { gap: 'bob', expected: 2, found: 3 }, changed('bob', false), changed('bob', true)]);
        assert.deepEqual(of('eve'), [changed('eve', true), changed('eve', false)]);
      });
    }
  });
});
