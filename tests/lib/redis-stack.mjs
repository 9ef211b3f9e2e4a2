// A Worker that mirrors to a real Redis, through the gateway: redis-server, rollcall-gateway and workerd.
import { after, before } from 'node:test';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { RedisServer } from './redis.mjs';
import { Server } from './server.mjs';

/** Starts all three: `{redis, gateway, server, stop()}`. The gateway's port stays the same when it is started anew. */
export async function redisStack({ refresh, vars = {}, password } = {}) {
  const redis = await RedisServer.start({ password });
  const start = (port) => startGateway({ redis: redis.url, program: process.env.GATEWAY_BIN, token: 'of-the-tests', port });
  const gateway = await start();
  const server = await Server.start({
    REDIS_REFRESH: refresh,
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
    ...vars,
  });
  const stop = async () => {
    await server.stop();
    await gateway.stop();
    await redis.stop();
  };
  return { redis, gateway, server, stop };
}

/** One for all tests of the calling suite: filled in before the first of them. */
export function useRedisStack(options) {
  const stack = {};
  before(async () => Object.assign(stack, await redisStack(options)), { timeout: 120_000 });
  after(() => stack.stop?.(), { timeout: 60_000 });
  return stack;
}
