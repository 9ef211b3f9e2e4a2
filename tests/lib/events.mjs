// Events as consumers read them: every record of the embedded Kafka, and a consumer that takes only last + 1.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { assertDescribed } from './asyncapi.mjs';

export const TOPICS = ['presence-events', 'session-events', 'subscription-events', 'message-events'];

const schema = JSON.parse(await readFile(new URL('../schemas/cloudevents.json', import.meta.url), 'utf8'));
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
const isCloudEvent = ajv.compile(schema);

/** Asserts what holds for each record whatever it is about (contract §5), and gives its event. */
export function eventOf({ topic, key, value }) {
  const event = JSON.parse(value);
  assert.ok(isCloudEvent(event), `${topic}: ${ajv.errorsText(isCloudEvent.errors)} in ${value}`);
  assert.equal(event.specversion, '1.0');
  assert.match(event.sequence, /^\d{20}$/);
  assert.equal(event.subject, key, 'the key is the user, as plain bytes');
  assert.equal(event.source, `/users/${encodeURIComponent(key).replace(/%40/g, '@').replace(/%2B/g, '+')}`);
  assert.equal(event.datacontenttype, 'application/json');
  assertDescribed(event);
  return event;
}

/** The embedded Kafka of a server: `{topics(), records(topic)}`; records as `{topic, partition, offset, key, value}`. */
export function embeddedKafka(server) {
  const get = async (path) => {
    const answer = await fetch(`${server.url}/embedded/kafka${path}`, { signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: await answer.json() };
  };
  const page = async (topic, partition, offset) => {
    const { body } = await get(`/topics/${topic}/partitions/${partition}/messages?offset=${offset}&count=1000`);
    return body;
  };
  const text = (bytes) => Buffer.from(bytes, 'base64').toString();
  return {
    get,
    topics: async () => (await get('/topics')).body,
    async records(topic) {
      const { status, body } = await get(`/topics/${topic}`);
      if (status === 404) return [];
      const found = [];
      for (const { partition } of body.partitions) {
        for (let offset = 0; ; ) {
          const { messages, next_offset: next } = await page(topic, partition, offset);
          found.push(...messages.map((m) => ({ topic, partition, offset: m.offset, key: text(m.key), value: text(m.value) })));
          if (messages.length === 0) break;
          offset = next;
        }
      }
      return found;
    },
  };
}

/**
 * What a consumer keeps who takes only last + 1, per user: lower is a repeat, higher will come again
 * (`Map` of user to events). Records of a partition in their order.
 */
export function consumed(records) {
  const users = new Map();
  for (const record of records) {
    const event = eventOf(record);
    const taken = users.get(record.key) ?? [];
    users.set(record.key, taken);
    const last = taken.length ? Number(taken.at(-1).sequence) : 0;
    const first = event.type === 'rollcall.truncated' ? event.data.from : Number(event.sequence);
    if (first <= last + 1 && Number(event.sequence) > last) taken.push(event);
  }
  return users;
}

/** The events of `user` in `topic`, as such a consumer has them. */
export const eventsOf = async (kafka, topic, user) => consumed(await kafka.records(topic)).get(user) ?? [];
