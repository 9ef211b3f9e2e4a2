// Events (contract §5) from the flow that makes them to the embedded Kafka, as a consumer reads them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { TOPICS, consumed, embeddedKafka, eventOf, eventsOf } from '../lib/events.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const ON = { KAFKA_REST_API: undefined, SESSION_TTL: '4', OFFLINE_GRACE: '1' };
const server = useServer(ON);
const sparing = useServer({ ...ON, KAFKA_MESSAGE_CONTENT: 'metadata', KAFKA_TOPIC_MESSAGE: 'chat' });

const types = (events) => events.map(({ type }) => type.replace('rollcall.', ''));

/** The events of `id` in `topic`, once there are as many. */
const someEvents = (kafka, topic, id, count) =>
  until(`${count} events of ${id} in ${topic}`, async () => {
    const events = await eventsOf(kafka, topic, id);
    return events.length >= count && events;
  });

describe('events', { concurrency: true }, () => {
  test('F1: who came is in Kafka too: a session, then online, each with what others are told', async (t) => {
    const cast = new Cast(t, server);
    const kafka = embeddedKafka(server);
    const client = await cast.json(user('comer'), { query: { deviceType: 'mobile' } });
    const [started] = await someEvents(kafka, 'session-events', client.userId, 1);
    assert.deepEqual([started.type, Number(started.sequence)], ['rollcall.session.started', 1]);
    assert.equal(started.data.session.sessionId, client.sessionId);
    const [online] = await someEvents(kafka, 'presence-events', client.userId, 1);
    assert.deepEqual([online.type, online.data.visible], ['rollcall.presence.online', true]);
    assert.deepEqual(online.data.presence.devices, [{ type: 'mobile', status: 'ONLINE' }]);
    assert.equal(online.revision, started.revision, 'events of one transaction share a revision');
  });

  test('each change has its event, in order and without a gap, in one partition of its topic', async (t) => {
    const cast = new Cast(t, server);
    const kafka = embeddedKafka(server);
    const [client, other] = [await cast.json(user('busy')), await cast.stomp(user('other'))];
    await client.command('presence.subscribe', { targetUserId: other.userId });
    await client.command('online-status', { status: 'BUSY' });
    await client.command('message.send', { to: other.userId, content: { text: 'hello' } });
    await client.command('presence.unsubscribe', { targetUserId: other.userId });
    await client.command('leave');
    const id = client.userId;
    assert.deepEqual(types(await someEvents(kafka, 'session-events', id, 2)), ['session.started', 'session.ended']);
    assert.deepEqual(types(await someEvents(kafka, 'presence-events', id, 3)), ['presence.online', 'presence.changed', 'presence.offline']);
    assert.deepEqual(types(await someEvents(kafka, 'subscription-events', id, 2)), ['subscription.created', 'subscription.ended']);
    const [sent] = await someEvents(kafka, 'message-events', id, 1);
    assert.deepEqual([sent.data.to, sent.data.content], [[other.userId], { text: 'hello' }]);
    for (const topic of TOPICS) {
      const records = (await kafka.records(topic)).filter(({ key }) => key === id);
      assert.equal(new Set(records.map(({ partition }) => partition)).size, 1, topic);
      const taken = consumed(records).get(id);
      assert.deepEqual(taken.map(({ sequence }) => Number(sequence)), taken.map((_, at) => at + 1), topic);
    }
  });

  test('F3: who went silent has gone in Kafka too, as expired', async (t) => {
    const cast = new Cast(t, server);
    const kafka = embeddedKafka(server);
    const client = await cast.json(user('silent'));
    client.goHalfOpen();
    const ended = (await until('the end', async () => {
      const events = await eventsOf(kafka, 'session-events', client.userId);
      return events.length === 2 && events;
    }, { timeout: 30_000 }))[1];
    assert.deepEqual([ended.type, ended.data.reason], ['rollcall.session.ended', 'expired']);
    assert.deepEqual(types(await someEvents(kafka, 'presence-events', client.userId, 2)), ['presence.online', 'presence.offline']);
  });

  test('what an invisible user does is marked as not visible', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('hidden'));
    await client.command('online-status', { status: 'INVISIBLE' });
    const events = await someEvents(embeddedKafka(server), 'presence-events', client.userId, 2);
    assert.deepEqual(events.map(({ data }) => data.visible), [true, false]);
  });

  test('KAFKA_MESSAGE_CONTENT=metadata leaves the content out, and topics go by their names', async (t) => {
    const cast = new Cast(t, sparing);
    const [client, other] = [await cast.json(user('terse')), await cast.json(user('other'))];
    await client.command('message.send', { to: other.userId, content: 'a secret' });
    const [sent] = await someEvents(embeddedKafka(sparing), 'chat', client.userId, 1);
    assert.deepEqual(sent.data.to, [other.userId]);
    assert.ok(!JSON.stringify(sent).includes('secret') && !('content' in sent.data));
  });
});

/** Reads server-sent events: `next()` gives the next one with data, `{id, record}`. */
async function follow(t, server, path, headers = {}) {
  const control = new AbortController();
  t.after(() => control.abort());
  const answer = await fetch(`${server.url}/embedded/kafka${path}`, { headers, signal: control.signal });
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  // A stream that only looks now and then says that it lives, and names its place once more, before it has an event.
  let [idle, place] = [0, undefined];
  return {
    idle: () => idle,
    close: () => control.abort(),
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end).split('\n');
          text = text.slice(end + 2);
          const field = (name) => block.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
          if (field('data')) place = field('id');
          if (field('data')) return { id: field('id'), record: JSON.parse(field('data')) };
          if (field('id') === place) idle += 1;
          place = field('id');
          continue;
        }
        const { value, done } = await reader.read();
        assert.ok(!done, 'the stream ended');
        text += value;
      }
    },
  };
}

describe('the live tail', () => {
  test('tells each event as it comes, and goes on after the last one that a reader saw', { timeout: 60_000 }, async (t) => {
    const cast = new Cast(t, server);
    const tail = await follow(t, server, '/topics/message-events?follow=true');
    const [client, other] = [await cast.json(user('talker')), await cast.json(user('other'))];
    const say = (content) => client.command('message.send', { to: other.userId, content });
    const next = async (stream) => {
      for (;;) {
        const { id, record } = await stream.next();
        const value = Buffer.from(record.value, 'base64').toString();
        const event = eventOf({ topic: record.topic, key: record.key_text, value });
        if (event.subject === client.userId) return { id, content: event.data.content };
      }
    };
    await say('one');
    const one = await next(tail);
    assert.equal(one.content, 'one');
    await say('two');
    assert.equal((await next(tail)).content, 'two');
    assert.equal(tail.idle(), 0, 'each came when it was produced, and not with a sign of life');
    tail.close();
    const again = await follow(t, server, '/topics/message-events?follow=true', { 'last-event-id': one.id });
    assert.equal((await next(again)).content, 'two');
  });
});
