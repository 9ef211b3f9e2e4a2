// Who is online, from the topic `presence-events` alone (Node 20 or newer, kafkajs).
//   node consumer.mjs --kafka localhost:9092 [--topic presence-events] [--until-end]
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';

const { values: options } = parseArgs({
  options: {
    kafka: { type: 'string', default: 'localhost:9092' },
    topic: { type: 'string', default: 'presence-events' },
    'until-end': { type: 'boolean', default: false },
  },
});

/** By user: the last sequence taken, the id there, the newest presence, and a sequence that is missing before another. */
const users = new Map();
const tell = (line) => console.log(JSON.stringify(line));

/** Takes only last + 1: a lower sequence is a repeat, and what comes before a higher one comes again, with it. */
function take(userId, event, fresh) {
  const sequence = Number(event.sequence);
  const from = event.type === 'rollcall.truncated' ? event.data.from : sequence;
  const user = users.get(userId) ?? { last: fresh ? 0 : from - 1, version: 0, online: false };
  users.set(userId, user);
  if (sequence <= user.last) return;
  if (from > user.last + 1) {
    user.missing = user.last + 1;
    return tell({ gap: userId, expected: user.missing, found: from });
  }
  Object.assign(user, { last: sequence, id: event.id, missing: undefined });
  if (event.type === 'rollcall.deadletter') return tell({ deadletter: userId, sequence });
  if (event.type === 'rollcall.truncated') return tell({ truncated: userId, from, to: sequence });
  show(user, userId, event);
}

/** An event that was published once more tells what has been: the version says what is newest. */
function show(user, userId, { type, data: { presence, visible } }) {
  if (presence.version <= user.version) return;
  const online = visible && presence.online;
  Object.assign(user, { version: presence.version, online });
  tell({ userId, type, online, status: online ? presence.status : 'OFFLINE' });
}

const kafka = new Kafka({ brokers: options.kafka.split(','), logLevel: logLevel.ERROR });
const admin = kafka.admin();
await admin.connect();
const offsets = await admin.fetchTopicOffsets(options.topic);
await admin.disconnect();
/** What retention took is no gap: a user is whole from the first event on where the log begins at 0. */
const fresh = new Map(offsets.map(({ partition, low }) => [partition, Number(low) === 0]));
const ahead = new Map(offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]));

const consumer = kafka.consumer({ groupId: `who-is-online-${randomUUID()}` });
async function finish() {
  await consumer.disconnect();
  const gaps = [...users].filter(([, { missing }]) => missing).map(([userId, { missing }]) => ({ userId, missing }));
  tell({ online: [...users].filter(([, { online }]) => online).map(([userId]) => userId).sort(), gaps });
  process.exit(gaps.length > 0 ? 2 : 0);
}
process.once('SIGTERM', finish);
const atTheEnd = () => options['until-end'] && ahead.size === 0;
if (atTheEnd()) await finish();
await consumer.connect();
await consumer.subscribe({ topic: options.topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ partition, message: { key, value, offset } }) => {
    if (atTheEnd()) return;
    take(`${key}`, JSON.parse(value), fresh.get(partition));
    if (Number(offset) + 1 >= ahead.get(partition)) ahead.delete(partition);
    if (atTheEnd()) setImmediate(finish);
  },
});
