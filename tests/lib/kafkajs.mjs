// Reads a topic with kafkajs, a client library that shares nothing with ours or with kcat.
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { within } from './until.mjs';

const { Kafka, logLevel } = kafkajs;

/** All records of a topic, as `KafkaBroker.read` gives them, without their times. */
export async function readWithKafkajs(broker, topic) {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId: randomUUID() })];
  try {
    await admin.connect();
    const ends = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
    const ahead = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
    if (ahead.size === 0) return [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const read = await within(all(consumer, ahead), `all of ${topic}`, 60_000);
    return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  } finally {
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  }
}

function all(consumer, ahead) {
  const read = [];
  return new Promise((resolve, reject) => {
    const eachMessage = async ({ partition, message }) => {
      const offset = Number(message.offset);
      read.push({ partition, offset, key: message.key && `${message.key}`, value: `${message.value}` });
      if (offset + 1 >= ahead.get(partition)) ahead.delete(partition);
      if (ahead.size === 0) resolve(read);
    };
    consumer.run({ eachMessage }).catch(reject);
  });
}
