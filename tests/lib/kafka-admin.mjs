// What an administrator does to topics, said to a broker in Kafka's own protocol: no tool of Kafka's starts within a second.
import { once } from 'node:events';
import { connect } from 'node:net';
import { within } from './until.mjs';

/** Requests, each in its newest version that has no tagged fields. */
const CREATE_TOPICS = { key: 19, version: 4 };
const DELETE_TOPICS = { key: 20, version: 3 };
const CREATE_PARTITIONS = { key: 37, version: 1 };

const TIMEOUT_MS = 15_000;

const int = (bytes) => (value) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const [int8, int16, int32] = [int(1), int(2), int(4)];
const string = (text) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
const array = (items) => Buffer.concat([int32(items.length), ...items]);

/** Creates, deletes and enlarges topics of the broker at a port of this machine. */
export class KafkaAdmin {
  constructor(port) {
    this.port = port;
  }

  /**
   * `partitions` is their number, or for each the brokers that have it, the preferred leader first. `settings` are the
   * topic's own, as `{'max.message.bytes': '1000'}`.
   */
  async createTopic(name, partitions = 4, settings = {}) {
    const configs = Object.entries(settings).map(([key, value]) => Buffer.concat([string(key), string(value)]));
    const placed = Array.isArray(partitions);
    const places = placed ? partitions.map((brokers, n) => Buffer.concat([int32(n), array(brokers.map(int32))])) : [];
    const [count, replicas] = placed ? [-1, -1] : [partitions, 1];
    const topic = Buffer.concat([string(name), int32(count), int16(replicas), array(places), array(configs)]);
    await this.#ask(CREATE_TOPICS, [array([topic]), int32(TIMEOUT_MS), int8(0)], name);
  }

  async deleteTopic(name) {
    await this.#ask(DELETE_TOPICS, [array([string(name)]), int32(TIMEOUT_MS)], name);
  }

  /** The topic has this many partitions from now on. */
  async enlargeTopic(name, partitions) {
    // No assignments: the broker places them.
    const topic = Buffer.concat([string(name), int32(partitions), int32(-1)]);
    await this.#ask(CREATE_PARTITIONS, [array([topic]), int32(TIMEOUT_MS), int8(0)], name);
  }

  /** Sends one request about one topic, and fails where the answer names an error. */
  async #ask({ key, version }, body, name) {
    const head = Buffer.concat([int16(key), int16(version), int32(1), string('tests')]);
    const request = Buffer.concat([head, ...body]);
    const socket = connect(this.port, '127.0.0.1');
    try {
      await within(once(socket, 'connect'), 'a connection to Kafka');
      socket.write(Buffer.concat([int32(request.length), request]));
      const answer = await within(whole(socket), `an answer about ${name}`, 2 * TIMEOUT_MS);
      // After the number of the request, the time to wait, and the number of topics: a name and its error.
      const at = 4 + 4 + 4 + 2 + Buffer.byteLength(name);
      const error = answer.readInt16BE(at);
      if (error !== 0) throw new Error(`Kafka refuses, with error ${error}: ${name}`);
    } finally {
      socket.destroy();
    }
  }
}

/** One answer, without its length. */
async function whole(socket) {
  let read = Buffer.alloc(0);
  for await (const chunk of socket) {
    read = Buffer.concat([read, chunk]);
    if (read.length >= 4 && read.length >= 4 + read.readInt32BE(0)) return read.subarray(4);
  }
  throw new Error('Kafka closed the connection');
}
