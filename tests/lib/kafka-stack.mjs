// A Worker that publishes to a real Kafka, through the gateway; with `redis` one that mirrors to a real Redis too.
import { after, before } from 'node:test';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { TOPICS } from './events.mjs';
import { KafkaBroker } from './kafka.mjs';
import { RedisServer } from './redis.mjs';
import { Server } from './server.mjs';

const TOKEN = 'of-the-tests';
const PARTITIONS = 4;

/** The topics that this makes, with that of the dead letters of messages. */
export const ALL_TOPICS = [...TOPICS, 'message-events.dlq'];

/** What a server needs that publishes to a REST proxy at this address. */
export const publishingTo = (url) => ({ KAFKA_REST_API: undefined, KAFKA_REST_URL: url, KAFKA_REST_AUTH: `Bearer ${TOKEN}` });

/** A broker with the topics of contract §5; none comes by itself, so that one that is deleted stays away. */
export async function brokerWithTopics() {
  const broker = await KafkaBroker.start({ 'auto.create.topics.enable': false });
  for (const topic of ALL_TOPICS) await broker.admin.createTopic(topic, PARTITIONS);
  return broker;
}

/** A gateway in front of these, on a free port or on `port`. */
export const gatewayTo = ({ broker, redis, port }) =>
  startGateway({ kafka: broker.address, redis: redis?.url, port, program: process.env.GATEWAY_BIN, token: TOKEN });

/** Fills in `{broker, redis, gateway, server}` before the first test of the calling suite. */
export function useKafkaStack({ redis = false, vars = {} } = {}) {
  const stack = {};
  before(async () => {
    stack.broker = await brokerWithTopics();
    if (redis) stack.redis = await RedisServer.start();
    stack.gateway = await gatewayTo(stack);
    const mirror = redis && { REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_URL: stack.gateway.url, UPSTASH_REDIS_REST_TOKEN: TOKEN };
    stack.server = await Server.start({ ...publishingTo(stack.gateway.url), ...mirror, ...vars });
  }, { timeout: 240_000 });
  after(async () => {
    await stack.server?.stop();
    await stack.gateway?.stop();
    await stack.redis?.stop();
    await stack.broker?.stop();
  }, { timeout: 90_000 });
  return stack;
}
