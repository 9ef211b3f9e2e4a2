// The unmodified Python client `upstash-redis` against the embedded Redis, and against a real one through the gateway.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { inTree } from '../../scripts/lib/paths.mjs';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { RedisServer, withoutRedis } from '../lib/redis.mjs';
import { Server } from '../lib/server.mjs';

const TOKEN = 'the-token-of-these-tests';
const PYTHON = process.env.UPSTASH_PYTHON_BIN ?? 'python3';
const withoutPython = process.env.PYTHON_MISSING || false;
const PARTS = ['strings', 'sets', 'hashes', 'expiry', 'pipelines', 'errors', 'plain', 'at_once', 'end'];

/** Its parts, as far as they held. What else it says is in the failure. */
async function play(url) {
  const { stdout } = await promisify(execFile)(PYTHON, [inTree('tests', 'python', 'upstash.py'), url, TOKEN], { timeout: 60_000 });
  return stdout.trim().split('\n');
}

test('the embedded Redis is what it expects', { skip: withoutPython, timeout: 120_000 }, async (t) => {
  const server = await Server.start({ REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_TOKEN: TOKEN });
  t.after(() => server.stop());
  assert.deepEqual(await play(`${server.url}/embedded/redis`), PARTS);
});

test('a real Redis behind the gateway is what it expects', { skip: withoutPython || withoutRedis, timeout: 120_000 }, async (t) => {
  const redis = await RedisServer.start();
  t.after(() => redis.stop());
  const gateway = await startGateway({ redis: redis.url, token: TOKEN, program: process.env.GATEWAY_BIN });
  t.after(() => gateway.stop());
  assert.deepEqual(await play(gateway.url), PARTS);
});
